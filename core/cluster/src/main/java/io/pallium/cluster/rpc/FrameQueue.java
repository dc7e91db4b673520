package io.pallium.cluster.rpc;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.pallium.storage.QueryControl;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The messages of a server-streaming call as an iterator that waits. As many messages are asked
/// for as there is room, so that a slow reader slows the sender.
final class FrameQueue extends ClientCall.Listener<byte[]> implements Iterator<byte[]> {
  /// How many messages wait at the most.
  static final int MAX_WAITING = 4;

  /// What ends the queue: a status, carried by an entry without bytes.
  private record Entry(
      byte @Nullable [] frame, @Nullable Status status, @Nullable Metadata trailers) {}

  private final BlockingQueue<Entry> entries = new ArrayBlockingQueue<>(MAX_WAITING + 2);
  private final QueryControl control;
  private final String ingester;
  private @Nullable ClientCall<byte[], byte[]> call;
  private @Nullable Entry head;

  FrameQueue(QueryControl control, String ingester) {
    this.control = control;
    this.ingester = ingester;
  }

  void start(ClientCall<byte[], byte[]> newCall, byte[] question) {
    call = newCall;
    newCall.start(this, new Metadata());
    newCall.request(MAX_WAITING);
    newCall.sendMessage(question);
    newCall.halfClose();
  }

  @Override
  public void onMessage(byte[] message) {
    entries.add(new Entry(message, null, null));
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    entries.add(new Entry(null, status, trailers));
  }

  @Override
  public boolean hasNext() {
    if (head == null) {
      head = await();
    }
    Status status = head.status();
    if (status == null) {
      return true;
    }
    if (!status.isOk()) {
      control.check();
      throw RpcErrors.toException(status.asRuntimeException(head.trailers()), ingester);
    }
    return false;
  }

  @Override
  public byte[] next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    Entry entry = head;
    head = null;
    if (entry == null || entry.frame() == null || call == null) {
      throw new AssertionError("BUG: an entry without a frame");
    }
    call.request(1);
    return entry.frame();
  }

  private Entry await() {
    try {
      while (true) {
        Entry entry = entries.poll(100, TimeUnit.MILLISECONDS);
        if (entry != null) {
          return entry;
        }
        control.check();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      control.cancel();
      control.check();
      throw new AssertionError("BUG: a canceled query goes on", e);
    }
  }
}
