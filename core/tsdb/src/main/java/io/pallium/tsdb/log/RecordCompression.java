package io.pallium.tsdb.log;

import io.airlift.compress.v3.MalformedInputException;
import io.airlift.compress.v3.lz4.Lz4Compressor;
import io.airlift.compress.v3.lz4.Lz4Decompressor;
import io.pallium.base.CorruptDataException;
import io.pallium.base.HotPath;

/// Payloads of records as LZ4 blocks behind their length. Confined; keeps its tables.
///
/// Source: docs/formats/wal.md; https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md.
@HotPath
final class RecordCompression {
  /// Below this a block saves less than it costs to read.
  private static final int MIN_PAYLOAD_BYTES = 512;

  /// What a byte of a block stands for at the most.
  private static final int MAX_RATIO = 255;

  private final Lz4Compressor compressor = Lz4Compressor.create();
  private final Lz4Decompressor decompressor = Lz4Decompressor.create();
  private final PayloadCursor cursor = new PayloadCursor();

  /// Appends a payload to a column, if it becomes smaller by an eighth at the least.
  ///
  /// @return whether it did; otherwise the column is as it was
  boolean deflate(byte[] bytes, int offset, int lengthBytes, ByteColumn into) {
    if (lengthBytes < MIN_PAYLOAD_BYTES) {
      return false;
    }
    int start = into.length;
    into.putVarint(lengthBytes);
    int room = compressor.maxCompressedLength(lengthBytes);
    into.ensure(room);
    into.length += compressor.compress(bytes, offset, lengthBytes, into.bytes, into.length, room);
    if (into.length - start > lengthBytes - lengthBytes / 8) {
      into.length = start;
      return false;
    }
    return true;
  }

  /// Puts the payload that a compressed one stands for in the place of what a column holds.
  ///
  /// @throws CorruptDataException if it does not decode
  void inflate(byte[] bytes, int offset, int lengthBytes, ByteColumn into) {
    cursor.reset(bytes, offset, lengthBytes);
    long length = cursor.readVarint();
    if (length < 0
        || length > LogLayout.MAX_PAYLOAD_BYTES
        || length > (long) MAX_RATIO * cursor.remaining()) {
      throw PayloadCursor.malformed("length of a compressed payload", length);
    }
    into.clear();
    into.ensure((int) length);
    try {
      into.length =
          decompressor.decompress(
              bytes, cursor.at, cursor.remaining(), into.bytes, 0, (int) length);
    } catch (MalformedInputException e) {
      throw new CorruptDataException("log record does not decode: " + e.getMessage(), e);
    }
    if (into.length != length) {
      throw PayloadCursor.malformed("bytes of a compressed payload", into.length);
    }
  }
}
