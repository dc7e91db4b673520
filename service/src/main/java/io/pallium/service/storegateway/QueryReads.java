package io.pallium.service.storegateway;

import io.pallium.base.LimitExceededException;
import io.pallium.base.QueryCanceledException;
import io.pallium.storage.QueryControl;
import io.pallium.tsdb.block.ByteSource;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What one query reads of one object: few large reads in place of many small ones. Thread-safe.
///
/// Planned ranges that lie close to each other become one extent. An extent is fetched when its
/// first byte is needed, together with some that follow it; its bytes are reserved from the query's
/// budget first. There are at most [#MAX_HELD_BYTES] of them: the oldest are let go, and fetched
/// again should they be needed again.
final class QueryReads implements ByteSource {
  /// Reading what lies between costs less than another request.
  private static final int MAX_GAP_BYTES = 64 << 10;

  private static final int MAX_EXTENT_BYTES = 2 << 20;
  private static final int MAX_HELD_BYTES = 16 << 20;
  private static final int MAX_AHEAD = 4;

  private final StoredObject object;
  private final QueryControl control;
  private final ReentrantLock lock = new ReentrantLock();
  private final TreeMap<Long, Extent> extents = new TreeMap<>();
  private final Deque<Extent> held = new ArrayDeque<>();
  private long heldBytes;
  private boolean isClosed;

  /// Bytes that are read at once; guarded by the lock.
  private static final class Extent {
    final long start;
    long end;
    @Nullable CompletableFuture<MemorySegment> bytes;

    Extent(long start, long end) {
      this.start = start;
      this.end = end;
    }

    int lengthBytes() {
      return (int) (end - start);
    }
  }

  QueryReads(StoredObject object, QueryControl control) {
    this.object = object;
    this.control = control;
    control.onCancel(this::cancel);
  }

  @Override
  public String name() {
    return object.name();
  }

  @Override
  public long lengthBytes() {
    return object.lengthBytes();
  }

  @Override
  public boolean isFar() {
    return true;
  }

  @Override
  public void plan(long offset, long lengthBytes) {
    long end = Math.min(offset + lengthBytes, object.lengthBytes());
    if (offset >= end || object.local().find(offset, end - offset).bytes().byteSize() > 0) {
      return;
    }
    lock.lock();
    try {
      Map.Entry<Long, Extent> before = extents.floorEntry(offset);
      Extent last = before == null ? null : before.getValue();
      if (last != null && end <= last.end) {
        return;
      }
      if (last != null
          && last.bytes == null
          && offset <= last.end + MAX_GAP_BYTES
          && end - last.start <= MAX_EXTENT_BYTES) {
        last.end = end;
        return;
      }
      extents.put(offset, new Extent(offset, end));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Window window(long offset, long neededBytes) {
    Window local = object.local().find(offset, neededBytes);
    if (local.bytes().byteSize() > 0) {
      return local;
    }
    control.check();
    CompletableFuture<MemorySegment> bytes;
    long start;
    lock.lock();
    try {
      Map.Entry<Long, Extent> before = extents.floorEntry(offset);
      Extent wanted = before == null ? null : before.getValue();
      if (wanted == null || wanted.end < offset + neededBytes) {
        wanted = new Extent(offset, offset + object.unplanned(offset, neededBytes));
        extents.put(offset, wanted);
      }
      start = wanted.start;
      bytes = fetched(wanted);
      fetchAhead(wanted);
    } finally {
      lock.unlock();
    }
    return new Window(QueryWait.await(bytes, name(), control), start);
  }

  private CompletableFuture<MemorySegment> fetched(Extent extent) {
    CompletableFuture<MemorySegment> bytes = extent.bytes;
    if (bytes != null) {
      return bytes;
    }
    letGo(extent.lengthBytes());
    try {
      control.budget().reserve(extent.lengthBytes());
    } catch (LimitExceededException e) {
      letGo(MAX_HELD_BYTES);
      control.budget().reserve(extent.lengthBytes());
    }
    return begin(extent);
  }

  private void fetchAhead(Extent from) {
    int count = 0;
    for (Extent next : extents.tailMap(from.start, false).values()) {
      if (++count > MAX_AHEAD) {
        return;
      }
      if (next.bytes == null) {
        if (heldBytes + next.lengthBytes() > MAX_HELD_BYTES / 2
            || !control.budget().tryReserve(next.lengthBytes())) {
          return;
        }
        var _ = begin(next);
      }
    }
  }

  /// Reads an extent whose bytes are reserved.
  private CompletableFuture<MemorySegment> begin(Extent extent) {
    long offset = extent.start;
    int length = extent.lengthBytes();
    CompletableFuture<MemorySegment> bytes =
        CompletableFuture.supplyAsync(() -> object.fetch(offset, length), object.threads());
    extent.bytes = bytes;
    held.add(extent);
    heldBytes += length;
    return bytes;
  }

  /// Makes room for some bytes, as far as there is something that nobody waits for.
  private void letGo(int neededBytes) {
    Iterator<Extent> oldest = held.iterator();
    while (heldBytes + neededBytes > MAX_HELD_BYTES && oldest.hasNext()) {
      Extent extent = oldest.next();
      if (extent.bytes != null && extent.bytes.isDone()) {
        oldest.remove();
        extent.bytes = null;
        heldBytes -= extent.lengthBytes();
        control.budget().release(extent.lengthBytes());
      }
    }
  }

  private void cancel() {
    QueryCanceledException canceled =
        new QueryCanceledException("query was canceled while it read " + name());
    lock.lock();
    try {
      for (Extent extent : held) {
        if (extent.bytes != null) {
          extent.bytes.completeExceptionally(canceled);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (!isClosed) {
        isClosed = true;
        control.budget().release(heldBytes);
        heldBytes = 0;
        held.clear();
        extents.clear();
      }
    } finally {
      lock.unlock();
    }
  }
}
