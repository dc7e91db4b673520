package io.pallium.objectstore.row;

import io.pallium.objectstore.StoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/// How bytes of an object become a segment: the bytes, then four bytes of CRC-32C over upload,
/// number and bytes, so that a segment in the wrong place is found too.
final class Segments {
  static final int CHECKSUM_BYTES = 4;

  private Segments() {}

  static byte[] sealed(String upload, int index, byte[] bytes, int length) {
    return ByteBuffer.allocate(length + CHECKSUM_BYTES)
        .put(bytes, 0, length)
        .putInt(checksum(upload, index, bytes, length))
        .array();
  }

  /// Checks a segment.
  ///
  /// @return how many bytes of the object it has, from its start
  /// @throws StoreException `CORRUPT` if the checksum does not match or the length is another
  static int opened(String upload, int index, byte[] segment, int expectedLength) {
    int length = segment.length - CHECKSUM_BYTES;
    if (length != expectedLength) {
      throw corrupt(upload, index, "has " + length + " bytes, not " + expectedLength);
    }
    int stored = ByteBuffer.wrap(segment).getInt(length);
    if (stored != checksum(upload, index, segment, length)) {
      throw corrupt(upload, index, "does not match its checksum");
    }
    return length;
  }

  private static int checksum(String upload, int index, byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(upload.getBytes(StandardCharsets.US_ASCII));
    crc.update(ByteBuffer.allocate(4).putInt(0, index));
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  private static StoreException corrupt(String upload, int index, String why) {
    return new StoreException(
        StoreException.Kind.CORRUPT, "segment " + index + " of upload " + upload + " " + why);
  }
}
