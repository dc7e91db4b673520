package io.pallium.objectstore.row;

import io.pallium.base.clock.TimeSource;
import io.pallium.objectstore.Capability;
import io.pallium.objectstore.FolderWalk;
import io.pallium.objectstore.ListRequest;
import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectName;
import io.pallium.objectstore.ObjectPage;
import io.pallium.objectstore.ObjectRange;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.PutCondition;
import io.pallium.objectstore.Retries;
import io.pallium.objectstore.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Objects in a database of rows. An object is one row in the partition of its folder, which names
/// an upload, and the segments of that upload.
///
/// A put writes the row of the upload, then the segments, and at last swaps the object's row: until
/// then nothing is seen of it, from then on all. A delete swaps in a row that says so. Each row
/// keeps the stamps it had before, so that a writer without an answer finds out whether it took
/// place. Segments stay for [SegmentedConfig#collectAfter] after the last moment at which a reader
/// could have found them; see [Collector].
///
/// No clocks of two machines are compared. What is assumed is that no request to the database takes
/// effect later than half of `collectAfter` after it was made.
///
/// Source: `docs/formats/row-store.md`.
public final class SegmentedObjectStore implements ObjectStore {
  private final Rows rows;
  private final Folders folders;
  private final SegmentedConfig config;
  private final TimeSource time;
  private final Parallel parallel;

  /// @param store closed with this one
  public SegmentedObjectStore(
      RowStore store, SegmentedConfig config, Retries retries, TimeSource time) {
    this(new Rows(store, retries), config, time, Parallel.THREADS);
  }

  SegmentedObjectStore(Rows rows, SegmentedConfig config, TimeSource time, Parallel parallel) {
    this.rows = rows;
    this.folders = new Folders(rows);
    this.config = config;
    this.time = time;
    this.parallel = parallel;
  }

  /// Removes what this store, or another on the same database, left behind.
  public Collector collector() {
    return new Collector(rows, folders, config.collectAfter(), time);
  }

  @Override
  public Set<Capability> capabilities() {
    return Set.of(Capability.REPLACE_IF_UNCHANGED);
  }

  @Override
  public Optional<String> put(String name, ObjectContent content, PutCondition condition) {
    RowKey key = Folders.keyOf(ObjectName.require(name));
    long startNanos = time.nowNanos();
    Optional<Entry> before = rows.read(key);
    if (!holds(condition, before.orElse(null))) {
      return Optional.empty();
    }
    Entry entry =
        new Entry(
            rows.newStamp(),
            Entry.Kind.OBJECT,
            time.nowMs(),
            content.lengthBytes(),
            segmentBytes(),
            List.of());
    Runnable inTime = () -> requireInTime(name, startNanos);
    rows.begin(new Upload(entry.stamp(), name, entry.segments(), entry.writtenMs()), inTime);
    upload(name, entry, content, inTime);
    // A writer that dies after publishing leaves an object that listings have too.
    folders.ensure(name, entry.writtenMs());
    if (!publish(key, before.orElse(null), entry, condition, inTime)) {
      return Optional.empty();
    }
    folders.ensure(name, entry.writtenMs());
    return Optional.of(entry.stamp());
  }

  /// After this, no request of a put can take effect so late that the collector has gone by
  /// already.
  private void requireInTime(String name, long startNanos) {
    if (time.nowNanos() - startNanos > config.collectAfter().toNanos() / 2) {
      throw new StoreException(
          StoreException.Kind.TIMED_OUT,
          "put " + name + " takes longer than half of collect_after, " + config.collectAfter());
    }
  }

  private int segmentBytes() {
    return Math.toIntExact(config.segmentSize().bytes());
  }

  private static boolean holds(PutCondition condition, @Nullable Entry before) {
    String version = before != null && before.isObject() ? before.stamp() : "";
    return switch (condition) {
      case PutCondition.Always _ -> true;
      case PutCondition.IfAbsent _ -> version.isEmpty();
      case PutCondition.IfVersion(String expected) -> version.equals(expected);
    };
  }

  /// Reads as many segments as are written at once, then writes them.
  private void upload(String name, Entry entry, ObjectContent content, Runnable inTime) {
    int segments = entry.segments();
    try (InputStream in = content.openExactly()) {
      for (int first = 0; first < segments; first += config.concurrency()) {
        byte[][] batch = new byte[Math.min(config.concurrency(), segments - first)][];
        for (int i = 0; i < batch.length; i++) {
          byte[] bytes = in.readNBytes(entry.segmentBytes());
          batch[i] = Segments.sealed(entry.stamp(), first + i, bytes, bytes.length);
        }
        int from = first;
        parallel.forEach(
            batch.length, i -> rows.writeSegment(entry.stamp(), from + i, batch[i], inTime));
      }
      if (in.read() >= 0) {
        throw new AssertionError("BUG: an exact stream has more than it says");
      }
    } catch (IOException e) {
      throw new StoreException(StoreException.Kind.INVALID, "put " + name + ": " + e, e);
    }
  }

  private boolean publish(
      RowKey key, @Nullable Entry before, Entry entry, PutCondition condition, Runnable inTime) {
    @Nullable Entry expected = before;
    while (holds(condition, expected)) {
      Rows.Outcome outcome = rows.swap(key, expected, entry, inTime);
      if (outcome.isApplied()) {
        return true;
      }
      expected = outcome.current();
    }
    return false;
  }

  @Override
  public ObjectRange read(String name, long offset, int maxBytes) {
    RowKey key = Folders.keyOf(ObjectName.require(name));
    Entry entry = objectOrFail(name, rows.read(key));
    while (true) {
      int lengthBytes = Math.clamp(entry.lengthBytes() - offset, 0, maxBytes);
      byte[] target = new byte[lengthBytes];
      if (lengthBytes == 0 || fill(target, entry, offset)) {
        return new ObjectRange(target, entry.lengthBytes(), entry.stamp());
      }
      Entry now = objectOrFail(name, rows.read(key));
      if (now.stamp().equals(entry.stamp())) {
        throw new StoreException(
            StoreException.Kind.CORRUPT,
            "object \"" + name + "\" lacks a segment of upload " + entry.stamp());
      }
      // It was replaced so long ago that the segments are collected already.
      entry = now;
    }
  }

  private static Entry objectOrFail(String name, Optional<Entry> entry) {
    return entry.filter(Entry::isObject).orElseThrow(() -> StoreException.notFound(name));
  }

  /// Fetches the segments that a range touches.
  ///
  /// @return false if one is not there
  private boolean fill(byte[] target, Entry entry, long offset) {
    int segmentBytes = entry.segmentBytes();
    int first = Math.toIntExact(offset / segmentBytes);
    int last = Math.toIntExact((offset + target.length - 1) / segmentBytes);
    boolean[] isMissing = new boolean[last - first + 1];
    for (int from = first; from <= last; from += config.concurrency()) {
      int batch = from;
      parallel.forEach(
          Math.min(config.concurrency(), last - from + 1),
          i -> isMissing[batch - first + i] = !copy(target, entry, offset, batch + i));
    }
    for (boolean missing : isMissing) {
      if (missing) {
        return false;
      }
    }
    return true;
  }

  private boolean copy(byte[] target, Entry entry, long offset, int index) {
    Optional<byte[]> segment = rows.readSegment(entry.stamp(), index);
    if (segment.isEmpty()) {
      return false;
    }
    long start = (long) index * entry.segmentBytes();
    int expected = (int) Math.min(entry.segmentBytes(), entry.lengthBytes() - start);
    int length = Segments.opened(entry.stamp(), index, segment.get(), expected);
    long from = Math.max(offset, start);
    long to = Math.min(offset + target.length, start + length);
    System.arraycopy(
        segment.get(), (int) (from - start), target, (int) (from - offset), (int) (to - from));
    return true;
  }

  @Override
  public ObjectPage list(ListRequest request) {
    return FolderWalk.page(request, this::children);
  }

  /// Leaves out what is deleted.
  private Iterator<FolderWalk.Child> children(String folder, String from) {
    String partition = Folders.partitionOf(folder);
    Iterator<NamedRow> rowsOfFolder =
        rows.scan(partition, from.substring(folder.length()), Rows.PAGE_ROWS);
    return new FolderWalk.Children() {
      @Override
      protected FolderWalk.@Nullable Child find() {
        while (rowsOfFolder.hasNext()) {
          NamedRow row = rowsOfFolder.next();
          Entry entry = Entry.of(new RowKey(partition, row.name()), row.row());
          if (!entry.isDeleted()) {
            String name = folder + row.name();
            return new FolderWalk.Child(name, () -> entry.attributes(name));
          }
        }
        return null;
      }
    };
  }

  @Override
  public void delete(String name) {
    RowKey key = Folders.keyOf(ObjectName.require(name));
    Entry entry = rows.read(key).orElse(null);
    while (entry != null && entry.isObject()) {
      Entry deleted = new Entry(rows.newStamp(), Entry.Kind.DELETED, time.nowMs(), 0, 0, List.of());
      Rows.Outcome outcome = rows.swap(key, entry, deleted);
      if (outcome.isApplied()) {
        folders.prune(name, time.nowMs());
        return;
      }
      entry = outcome.current();
    }
  }

  @Override
  public Optional<ObjectAttributes> attributes(String name) {
    return rows.read(Folders.keyOf(ObjectName.require(name)))
        .filter(Entry::isObject)
        .map(entry -> entry.attributes(name));
  }

  @Override
  public void close() {
    rows.close();
  }
}
