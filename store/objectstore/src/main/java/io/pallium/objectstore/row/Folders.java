package io.pallium.objectstore.row;

import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The folders that objects are in. Each folder is a partition of rows, one row for an object or a
/// folder in it, and a row in the folder around it.
///
/// A folder has its row before an object in it is published, and loses it when nothing is left in
/// it. The two meet like this. Who puts publishes the object and then looks at the folder's row
/// again; who deletes marks the row as closing first, then looks whether the folder is empty, and
/// deletes the row only if it is still marked by him. Whatever the order, one of them sees the
/// other.
final class Folders {
  /// Mostly enough to find something in a folder.
  private static final int FEW_ROWS = 8;

  private final Rows rows;

  Folders(Rows rows) {
    this.rows = rows;
  }

  /// The row of an object.
  static RowKey keyOf(String name) {
    int slash = name.lastIndexOf('/');
    return new RowKey(partitionOf(name.substring(0, slash + 1)), name.substring(slash + 1));
  }

  /// @param folder empty for the root, else with its `/`
  static String partitionOf(String folder) {
    return "/" + folder;
  }

  /// The folder of an object or folder: empty for the root, else with its `/`.
  static String parentOf(String name) {
    return name.substring(0, name.lastIndexOf('/', name.length() - 2) + 1);
  }

  /// The row of a folder in the folder around it.
  static RowKey keyOfFolder(String folder) {
    String parent = parentOf(folder);
    return new RowKey(partitionOf(parent), folder.substring(parent.length()));
  }

  /// Makes sure that the folders of something that exists have their rows, from the inside out: a
  /// row that comes back is something that exists in the folder around it.
  void ensure(String name, long nowMs) {
    for (String folder = parentOf(name); !folder.isEmpty(); folder = parentOf(folder)) {
      RowKey key = keyOfFolder(folder);
      Entry entry = rows.read(key).orElse(null);
      while (entry == null || entry.kind() != Entry.Kind.FOLDER) {
        Rows.Outcome outcome = rows.swap(key, entry, folder(Entry.Kind.FOLDER, nowMs));
        if (outcome.isApplied()) {
          break;
        }
        entry = outcome.current();
      }
    }
  }

  /// Deletes the rows of the folders of something that was deleted, from the inside out, up to the
  /// first that has something in it.
  void prune(String name, long nowMs) {
    String child = name;
    for (String folder = parentOf(name); !folder.isEmpty(); folder = parentOf(folder)) {
      if (!pruneOne(folder, child, nowMs)) {
        return;
      }
      child = folder;
    }
  }

  /// @return whether the folder has no row now
  private boolean pruneOne(String folder, String child, long nowMs) {
    if (!isEmpty(folder, child)) {
      return false;
    }
    RowKey key = keyOfFolder(folder);
    Optional<Entry> entry = rows.read(key);
    if (entry.isEmpty() || entry.get().isDeleted()) {
      return true;
    }
    Entry closing = folder(Entry.Kind.CLOSING, nowMs);
    if (!rows.swap(key, entry.get(), closing).isApplied()) {
      return false;
    }
    closing = closing.after(entry.get());
    boolean isEmpty = isEmpty(folder, child);
    Entry last = folder(isEmpty ? Entry.Kind.DELETED : Entry.Kind.FOLDER, nowMs);
    return rows.swap(key, closing, last).isApplied() && isEmpty;
  }

  /// Whether nothing is in a folder. Looks first behind a child that was just deleted: who deletes
  /// in order finds the next there, and does not pass all those that are deleted already.
  private boolean isEmpty(String folder, String child) {
    String partition = partitionOf(folder);
    String from = child.substring(folder.length());
    return !hasAny(rows.scan(partition, from, FEW_ROWS), partition, null)
        && !hasAny(rows.scan(partition, "", FEW_ROWS), partition, from);
  }

  private static boolean hasAny(
      Iterator<NamedRow> found, String partition, @Nullable String until) {
    while (found.hasNext()) {
      NamedRow row = found.next();
      if (until != null && row.name().compareTo(until) >= 0) {
        return false;
      }
      if (!Entry.of(new RowKey(partition, row.name()), row.row()).isDeleted()) {
        return true;
      }
    }
    return false;
  }

  private Entry folder(Entry.Kind kind, long nowMs) {
    return new Entry(rows.newStamp(), kind, nowMs, 0, 0, List.of());
  }
}
