package io.pallium.objectstore.row;

import io.pallium.objectstore.StoreException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// The row that is written before the segments of an upload and removed after them: by it they are
/// found again, whatever became of the writer.
///
/// Source: `docs/formats/row-store.md`.
///
/// @param id the stamp of the entry that the upload is going to be
record Upload(String id, String name, int segments, long startedMs) {
  private static final byte VERSION = 1;

  /// Uploads are spread over as many partitions, named by the first two digits of their ids. `#` is
  /// in no object's name, so no folder has such a partition.
  static final int PARTITIONS = 256;

  static String partition(int number) {
    return "#uploads/%02x".formatted(number);
  }

  RowKey key() {
    return new RowKey("#uploads/" + id.substring(0, 2), id);
  }

  Row row() {
    byte[] nameBytes = name.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer out = ByteBuffer.allocate(1 + 4 + 8 + nameBytes.length);
    out.put(VERSION).putInt(segments).putLong(startedMs).put(nameBytes);
    return new Row(id, out.array());
  }

  /// @throws StoreException `CORRUPT` if the row is no such upload
  static Upload of(NamedRow row) {
    ByteBuffer in = ByteBuffer.wrap(row.row().value());
    try {
      byte version = in.get();
      if (version != VERSION) {
        throw corrupt(row, "has version " + version + ", this release reads " + VERSION);
      }
      int segments = in.getInt();
      long startedMs = in.getLong();
      byte[] name = new byte[in.remaining()];
      in.get(name);
      if (segments < 0) {
        throw corrupt(row, "has " + segments + " segments");
      }
      return new Upload(
          row.name(), new String(name, StandardCharsets.US_ASCII), segments, startedMs);
    } catch (BufferUnderflowException e) {
      throw new StoreException(
          StoreException.Kind.CORRUPT, "upload " + row.name() + " ends too early", e);
    }
  }

  private static StoreException corrupt(NamedRow row, String why) {
    return new StoreException(StoreException.Kind.CORRUPT, "upload " + row.name() + " " + why);
  }
}
