package io.pallium.service.distributor;

import io.airlift.compress.v3.MalformedInputException;
import io.airlift.compress.v3.snappy.SnappyDecompressor;
import io.pallium.base.BadRequestException;

/// Inflates snappy blocks (no frames) into a buffer that is used again. The length that the block's
/// header claims is checked before anything is allocated for it. Confined to one thread.
///
/// Source: google/snappy, format_description.txt.
final class SnappyBody {
  /// No element of the format yields more than 64 bytes out of 3.
  private static final int MAX_RATIO = 22;

  private static final int MAX_HEADER_BYTES = 5;

  private final SnappyDecompressor decompressor = SnappyDecompressor.create();
  private byte[] inflated = new byte[0];

  /// The length that the block claims to inflate to.
  ///
  /// @param maxInflatedBytes the limit, named `limitName` in the error
  /// @throws BadRequestException if the header is malformed, claims more than the limit (413) or
  ///   more than a block of this size can hold
  static int inflatedLength(
      byte[] body, int offset, int lengthBytes, long maxInflatedBytes, String limitName) {
    long length = 0;
    int i = 0;
    while (true) {
      if (i == lengthBytes || i == MAX_HEADER_BYTES) {
        throw new BadRequestException("the body is not a snappy block: its header is malformed");
      }
      int b = body[offset + i];
      length |= (long) (b & 0x7f) << (7 * i++);
      if (b >= 0) {
        break;
      }
    }
    if (length > maxInflatedBytes) {
      throw BadRequestException.tooLarge(
          "the body inflates to "
              + length
              + " bytes, the limit is "
              + maxInflatedBytes
              + " ("
              + limitName
              + ")");
    }
    if (length > (long) lengthBytes * MAX_RATIO) {
      throw new BadRequestException(
          "the body is not a snappy block: "
              + lengthBytes
              + " bytes cannot inflate to the "
              + length
              + " that its header claims");
    }
    return (int) length;
  }

  /// Inflates a block.
  ///
  /// @param inflatedLength what [#inflatedLength] gave for it
  /// @return the buffer: the first `inflatedLength` bytes are the data, until the next call
  byte[] inflate(byte[] body, int offset, int lengthBytes, int inflatedLength) {
    if (inflated.length < inflatedLength) {
      inflated = new byte[Math.max(inflatedLength, inflated.length * 2)];
    }
    int written;
    try {
      written = decompressor.decompress(body, offset, lengthBytes, inflated, 0, inflatedLength);
    } catch (MalformedInputException | IllegalArgumentException e) {
      throw new BadRequestException("the body is not a snappy block: it is malformed", e);
    }
    if (written != inflatedLength) {
      throw new BadRequestException(
          "the body is not a snappy block: it inflates to "
              + written
              + " bytes, its header claims "
              + inflatedLength);
    }
    return inflated;
  }
}
