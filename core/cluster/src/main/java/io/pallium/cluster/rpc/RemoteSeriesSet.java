package io.pallium.cluster.rpc;

import io.grpc.ClientCall;
import io.pallium.model.Labels;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.storage.SeriesSet;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Series as their frames come in. What is held is reserved: the messages that may wait all the
/// time, and the frames of a series from their coming until a cursor has read them, or the set has
/// passed a series that nobody reads.
final class RemoteSeriesSet implements SeriesSet, AutoCloseable {
  private static final int RUN_SAMPLES = 256;

  private final ClientCall<byte[], byte[]> call;
  private final FrameQueue messages;
  private final boolean isSorted;
  private final QueryControl control;
  private final AtomicLong reservedBytes = new AtomicLong();
  private final Queue<SeriesFrame> frames = new ArrayDeque<>();
  private @Nullable Series present;

  /// Sends the question; the answer is waited for when the first series is asked for.
  RemoteSeriesSet(
      ClientCall<byte[], byte[]> call,
      byte[] question,
      boolean isSorted,
      QueryControl control,
      String ingester) {
    this.call = call;
    this.isSorted = isSorted;
    this.control = control;
    this.messages = new FrameQueue(control, ingester);
    reserve(FrameQueue.MAX_WAITING * (long) SeriesWriter.FULL_BYTES);
    messages.start(call, question);
  }

  @Override
  public boolean isSorted() {
    return isSorted;
  }

  @Override
  public boolean next() {
    control.check();
    Series passed = present;
    if (passed != null && !passed.isRead) {
      passed.release();
    }
    present = null;
    SeriesFrame first = peek();
    if (first == null) {
      return false;
    }
    List<SeriesFrame> own = new ArrayList<>(1);
    long bytes = 0;
    for (SeriesFrame f = first; f != null && f.labels().equals(first.labels()); f = peek()) {
      own.add(f);
      bytes += f.lengthBytes();
      frames.remove();
    }
    present = new Series(own, bytes);
    return true;
  }

  @Override
  public Labels labels() {
    return present().frames.getFirst().labels();
  }

  @Override
  public SampleCursor samples() {
    Series series = present();
    series.isRead = true;
    return new Cursor(series);
  }

  @Override
  public void close() {
    call.cancel("the querier was closed", null);
    control.budget().release(reservedBytes.getAndSet(0));
  }

  private Series present() {
    Series series = present;
    if (series == null) {
      throw new AssertionError("BUG: the set stands on no series");
    }
    return series;
  }

  /// The next frame, which stays; null at the end.
  private @Nullable SeriesFrame peek() {
    while (frames.isEmpty() && messages.hasNext()) {
      byte[] message = messages.next();
      reserve(message.length);
      frames.addAll(SeriesFrame.decode(message));
    }
    return frames.peek();
  }

  private void reserve(long bytes) {
    control.budget().reserve(bytes);
    reservedBytes.addAndGet(bytes);
  }

  /// The frames of one series.
  private final class Series {
    private final List<SeriesFrame> frames;
    private final long bytes;
    private final AtomicBoolean isReleased = new AtomicBoolean();
    private boolean isRead;

    Series(List<SeriesFrame> frames, long bytes) {
      this.frames = frames;
      this.bytes = bytes;
    }

    void release() {
      if (isReleased.compareAndSet(false, true)) {
        reservedBytes.addAndGet(-bytes);
        control.budget().release(bytes);
      }
    }
  }

  /// Reads the samples of one series, in runs as long as those of a store of chunks.
  private final class Cursor implements SampleCursor {
    private @Nullable Series series;
    private int nextFrame;
    private ByteBuffer samples = ByteBuffer.allocate(0);
    private long fromMs = Long.MIN_VALUE;

    Cursor(Series series) {
      this.series = series;
    }

    @Override
    public boolean nextRun(SampleColumn into) {
      control.check();
      int before = into.size();
      while (series != null) {
        SeriesFrame.append(samples, fromMs, RUN_SAMPLES - (into.size() - before), into);
        if (into.size() - before >= RUN_SAMPLES) {
          return true;
        }
        if (nextFrame == series.frames.size()) {
          series.release();
          series = null;
          break;
        }
        samples = series.frames.get(nextFrame++).samples().duplicate();
      }
      return into.size() > before;
    }

    @Override
    public void skipTo(long timestampMs) {
      fromMs = Math.max(fromMs, timestampMs);
    }
  }
}
