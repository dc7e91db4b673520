package io.pallium.objectstore.row;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a database of rows must be able to do to hold objects: rows that are changed by
/// compare-and-swap only, and segments that are written once and never changed.
///
/// Thread-safe. Methods fail with [io.pallium.objectstore.StoreException] and are not tried again
/// here: a failure that can pass leaves open whether a change takes place, now or within the time
/// that a request can be under way.
public interface RowStore extends AutoCloseable {
  /// The row as of the last swap that succeeded.
  Optional<Row> read(RowKey key);

  /// The same, and every swap that was under way has happened or never will, as far as the database
  /// can make sure of that: what is read after a swap without an answer.
  default Optional<Row> readBack(RowKey key) {
    return read(key);
  }

  /// Rows of a partition in the order of their names.
  ///
  /// @param from the first name, whether there is such a row or not
  /// @param maxRows at least 1; if fewer come back, there are no more
  List<NamedRow> scan(String partition, String from, int maxRows);

  /// Puts a row in place of the one with a stamp.
  ///
  /// @param expectedStamp null if there must be no row
  /// @param next null to remove the row
  /// @return false if the row is another than expected: then nothing changes
  boolean swap(RowKey key, @Nullable String expectedStamp, @Nullable Row next);

  /// Writes a segment; the same one may be written again.
  void writeSegment(String upload, int index, byte[] bytes);

  Optional<byte[]> readSegment(String upload, int index);

  /// Removes a segment; it is no error if there is none.
  void deleteSegment(String upload, int index);

  @Override
  void close();
}
