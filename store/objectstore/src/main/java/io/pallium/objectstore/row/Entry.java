package io.pallium.objectstore.row;

import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.StoreException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What a row of a folder says: an object, a folder, or that something was deleted.
///
/// Source: `docs/formats/row-store.md`.
///
/// @param stamp the row's stamp; for an object the id of the upload that has its bytes
/// @param writtenMs by the writer's clock
/// @param lengthBytes of an object, else 0
/// @param segmentBytes of an object, else 0
/// @param predecessors the stamps that this row had before, the latest first: a writer without an
///   answer recognises in them that it took place
record Entry(
    String stamp,
    Kind kind,
    long writtenMs,
    long lengthBytes,
    int segmentBytes,
    List<String> predecessors) {
  static final int MAX_PREDECESSORS = 16;
  private static final byte VERSION = 1;
  private static final int FIXED_BYTES = 1 + 1 + 8 + 8 + 4 + 1;
  private static final int STAMP_BYTES = 16;

  enum Kind {
    OBJECT,
    FOLDER,
    /// A folder that is going to be deleted unless something is found in it.
    CLOSING,
    DELETED
  }

  Entry {
    predecessors = List.copyOf(predecessors);
  }

  /// A stamp that nobody had before.
  static String newStamp() {
    UUID id = UUID.randomUUID();
    return HexFormat.of().toHexDigits(id.getMostSignificantBits())
        + HexFormat.of().toHexDigits(id.getLeastSignificantBits());
  }

  /// The entry that replaces another, of which it keeps the history.
  Entry after(@Nullable Entry before) {
    if (before == null) {
      return this;
    }
    List<String> stamps = new ArrayList<>();
    stamps.add(before.stamp);
    stamps.addAll(before.predecessors);
    return new Entry(
        stamp,
        kind,
        writtenMs,
        lengthBytes,
        segmentBytes,
        stamps.subList(0, Math.min(stamps.size(), MAX_PREDECESSORS)));
  }

  boolean isObject() {
    return kind == Kind.OBJECT;
  }

  boolean isFolder() {
    return kind == Kind.FOLDER || kind == Kind.CLOSING;
  }

  boolean isDeleted() {
    return kind == Kind.DELETED;
  }

  /// Whether the row has or had this stamp; `false` is certain only while not all of the history is
  /// taken up.
  boolean isOrFollows(String earlierStamp) {
    return stamp.equals(earlierStamp) || predecessors.contains(earlierStamp);
  }

  boolean isHistoryFull() {
    return predecessors.size() == MAX_PREDECESSORS;
  }

  int segments() {
    return Math.toIntExact(Math.ceilDiv(lengthBytes, Math.max(1, segmentBytes)));
  }

  ObjectAttributes attributes(String name) {
    return new ObjectAttributes(name, lengthBytes, writtenMs, stamp);
  }

  Row row() {
    ByteBuffer out = ByteBuffer.allocate(FIXED_BYTES + predecessors.size() * STAMP_BYTES);
    out.put(VERSION).put((byte) kind.ordinal()).putLong(writtenMs);
    out.putLong(lengthBytes).putInt(segmentBytes).put((byte) predecessors.size());
    for (String predecessor : predecessors) {
      out.put(HexFormat.of().parseHex(predecessor));
    }
    return new Row(stamp, out.array());
  }

  /// @throws StoreException `CORRUPT` if the row is no such entry
  static Entry of(RowKey key, Row row) {
    ByteBuffer in = ByteBuffer.wrap(row.value());
    try {
      byte version = in.get();
      if (version != VERSION) {
        throw corrupt(key, "has version " + version + ", this release reads " + VERSION);
      }
      int kind = in.get();
      if (kind < 0 || kind >= Kind.values().length) {
        throw corrupt(key, "is of kind " + kind);
      }
      long writtenMs = in.getLong();
      long lengthBytes = in.getLong();
      int segmentBytes = in.getInt();
      List<String> predecessors = new ArrayList<>();
      for (int count = in.get(); count > 0; count--) {
        byte[] stamp = new byte[STAMP_BYTES];
        in.get(stamp);
        predecessors.add(HexFormat.of().formatHex(stamp));
      }
      if (in.hasRemaining()
          || lengthBytes < 0
          || segmentBytes < 0
          || (lengthBytes > 0 && segmentBytes == 0)) {
        throw corrupt(key, "does not decode");
      }
      return new Entry(
          row.stamp(), Kind.values()[kind], writtenMs, lengthBytes, segmentBytes, predecessors);
    } catch (BufferUnderflowException e) {
      throw new StoreException(StoreException.Kind.CORRUPT, "row " + key + " ends too early", e);
    }
  }

  private static StoreException corrupt(RowKey key, String why) {
    return new StoreException(StoreException.Kind.CORRUPT, "row " + key + " " + why);
  }
}
