package io.pallium.objectstore.row;

import io.pallium.base.clock.TimeSource;
import io.pallium.objectstore.StoreException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Removes what nobody can need any more: segments of uploads that no object names, rows of objects
/// and folders that are deleted. Several may run at once, on one machine or many.
///
/// What can go is first seen, and goes when it was seen in the same state for the whole grace, by
/// this collector's own clock. So a collector that begins anew waits anew, and no two clocks are
/// compared. The row of an upload goes last: as long as it is there, what is left of the upload is
/// found again.
///
/// Confined to one thread at a time.
public final class Collector {
  private static final Logger log = LoggerFactory.getLogger(Collector.class);

  private final Rows rows;
  private final Folders folders;
  private final long graceNanos;
  private final TimeSource time;

  /// By stamp: when an upload was first seen without an object that names it, or a row that says
  /// deleted was first seen.
  private Map<String, Long> seenNanos = new HashMap<>();

  private Map<String, Long> stillSeenNanos = new HashMap<>();

  /// Uploads that were found to have their object, and whose folders were made sure of.
  private Set<String> alive = new HashSet<>();

  Collector(Rows rows, Folders folders, Duration grace, TimeSource time) {
    this.rows = rows;
    this.folders = folders;
    this.graceNanos = grace.toNanos();
    this.time = time;
  }

  /// Looks at all uploads once.
  ///
  /// @return how many were removed
  public int run() {
    int removed = 0;
    stillSeenNanos = new HashMap<>();
    Set<String> stillAlive = new HashSet<>();
    for (int partition = 0; partition < Upload.PARTITIONS; partition++) {
      Iterator<NamedRow> uploads = rows.scan(Upload.partition(partition), "", Rows.PAGE_ROWS);
      while (uploads.hasNext()) {
        Upload upload = Upload.of(uploads.next());
        if (isAlive(upload)) {
          stillAlive.add(upload.id());
        } else if (isDue(upload.id()) && isRemoved(upload)) {
          removed++;
        }
      }
    }
    seenNanos = stillSeenNanos;
    alive = stillAlive;
    if (removed > 0) {
      log.info("collected uploads, component=objectstore count={}", removed);
    }
    return removed;
  }

  /// Whether the object names the upload. A writer may have died between the object and its
  /// folders: they are made sure of when the upload is first seen.
  private boolean isAlive(Upload upload) {
    boolean isNamed =
        rows.read(Folders.keyOf(upload.name()))
            .filter(entry -> entry.stamp().equals(upload.id()))
            .isPresent();
    if (isNamed && !alive.contains(upload.id())) {
      folders.ensure(upload.name(), time.nowMs());
    }
    return isNamed;
  }

  private boolean isDue(String stamp) {
    long nowNanos = time.nowNanos();
    Long firstNanos = seenNanos.getOrDefault(stamp, nowNanos);
    stillSeenNanos.put(stamp, firstNanos);
    return nowNanos - firstNanos >= graceNanos;
  }

  /// Removes all of an upload as far as it can go.
  ///
  /// @return whether nothing is left of it
  private boolean isRemoved(Upload upload) {
    try {
      RowKey key = Folders.keyOf(upload.name());
      if (rows.readBack(key).filter(entry -> entry.stamp().equals(upload.id())).isPresent()) {
        return false;
      }
      for (int index = 0; index < upload.segments(); index++) {
        rows.deleteSegment(upload.id(), index);
      }
      folders.prune(upload.name(), time.nowMs());
      if (!areDeletedRowsGone(upload.name())) {
        return false;
      }
      rows.remove(upload.key(), upload.id());
      return true;
    } catch (StoreException e) {
      if (!e.isRetryable()) {
        throw e;
      }
      log.warn("upload is collected later, component=objectstore upload={}", upload.id(), e);
      return false;
    }
  }

  /// Removes the rows of an object and of its folders that say deleted and have done so long
  /// enough.
  ///
  /// @return false if one of them is not old enough yet
  private boolean areDeletedRowsGone(String name) {
    boolean areGone = isDeletedRowGone(Folders.keyOf(name));
    for (String folder = Folders.parentOf(name);
        !folder.isEmpty();
        folder = Folders.parentOf(folder)) {
      areGone &= isDeletedRowGone(Folders.keyOfFolder(folder));
    }
    return areGone;
  }

  private boolean isDeletedRowGone(RowKey key) {
    Entry entry = rows.read(key).orElse(null);
    if (entry == null || !entry.isDeleted()) {
      return true;
    }
    if (!isDue(entry.stamp())) {
      return false;
    }
    rows.remove(key, entry.stamp());
    return true;
  }
}
