package io.pallium.tsdb.headchunk;

import static io.pallium.tsdb.headchunk.HeadChunkLayout.CHUNK_HEADER;
import static io.pallium.tsdb.headchunk.HeadChunkLayout.INT_LE;
import static io.pallium.tsdb.headchunk.HeadChunkLayout.LONG_LE;

import io.pallium.tsdb.file.ReadFile;
import io.pallium.tsdb.headchunk.HeadChunkReport.Damage;
import io.pallium.tsdb.headchunk.HeadChunkReport.DamageKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/// Finds the valid chunks of one file, whatever the file looks like. Confined.
final class HeadChunkScanner {
  private static final int WINDOW_BYTES = 1 << 20;

  private final ReadFile file;
  private final String name;
  private final long number;
  private final List<Damage> damage = new ArrayList<>();
  private final CRC32C crc = new CRC32C();
  private byte[] window = new byte[WINDOW_BYTES];
  private long windowStart;
  private int windowLength;
  private int salt;
  private long offset = HeadChunkLayout.FILE_HEADER;
  private long goodEnd = HeadChunkLayout.FILE_HEADER;
  private long chunkOffset;

  HeadChunkScanner(ReadFile file, String name, long number) {
    this.file = file;
    this.name = name;
    this.number = number;
  }

  /// @return whether the file's header is whole, of this version and this number
  boolean readHeader() throws IOException {
    if (file.lengthBytes() < HeadChunkLayout.FILE_HEADER) {
      return false;
    }
    load(0, HeadChunkLayout.FILE_HEADER);
    int at = index(0);
    salt = intAt(HeadChunkLayout.FILE_SALT);
    return intAt(HeadChunkLayout.FILE_MAGIC) == HeadChunkLayout.MAGIC
        && window[at + HeadChunkLayout.FILE_VERSION] == HeadChunkLayout.VERSION
        && longAt(HeadChunkLayout.FILE_NUMBER) == number
        && intAt(HeadChunkLayout.FILE_CRC)
            == HeadChunkLayout.crc(crc, window, at, HeadChunkLayout.FILE_CRC);
  }

  /// Moves to the next chunk whose header and data match their checksums.
  ///
  /// @return whether there is one
  boolean next() throws IOException {
    while (offset < file.lengthBytes()) {
      if (!isHeader(offset)) {
        long found = offset + 1;
        while (found < file.lengthBytes() && !isHeader(found)) {
          found++;
        }
        damage.add(new Damage(DamageKind.UNREADABLE, name, offset, found - offset));
        offset = found;
        continue;
      }
      chunkOffset = offset;
      int length = lengthBytes();
      offset += CHUNK_HEADER + length;
      load(chunkOffset, CHUNK_HEADER + length);
      int computed = HeadChunkLayout.crc(crc, window, index(chunkOffset) + CHUNK_HEADER, length);
      if (computed == intAt(chunkOffset + HeadChunkLayout.CHUNK_DATA_CRC)) {
        goodEnd = offset;
        return true;
      }
      damage.add(new Damage(DamageKind.BAD_CHUNK, name, chunkOffset, offset - chunkOffset));
    }
    return false;
  }

  long chunkOffset() {
    return chunkOffset;
  }

  int lengthBytes() {
    return intAt(chunkOffset + HeadChunkLayout.CHUNK_LENGTH);
  }

  int encoding() {
    return window[index(chunkOffset) + HeadChunkLayout.CHUNK_ENCODING];
  }

  boolean isOutOfOrder() {
    int flags = window[index(chunkOffset) + HeadChunkLayout.CHUNK_FLAGS];
    return (flags & HeadChunkLayout.OUT_OF_ORDER) != 0;
  }

  long ref() {
    return longAt(chunkOffset + HeadChunkLayout.CHUNK_REF);
  }

  long minTimeMs() {
    return longAt(chunkOffset + HeadChunkLayout.CHUNK_MIN_TIME);
  }

  long maxTimeMs() {
    return longAt(chunkOffset + HeadChunkLayout.CHUNK_MAX_TIME);
  }

  long previous() {
    return longAt(chunkOffset + HeadChunkLayout.CHUNK_PREVIOUS);
  }

  /// Where the last valid chunk ends.
  long goodEnd() {
    return goodEnd;
  }

  /// What was found before the last valid chunk; what comes after it is a torn tail.
  List<Damage> damage() {
    List<Damage> found = new ArrayList<>();
    for (Damage each : damage) {
      if (each.offset() < goodEnd) {
        found.add(each);
      }
    }
    if (goodEnd < file.lengthBytes()) {
      found.add(new Damage(DamageKind.TORN_TAIL, name, goodEnd, file.lengthBytes() - goodEnd));
    }
    return found;
  }

  /// Whether a header stands here that is valid in this place and whose chunk is whole.
  private boolean isHeader(long at) throws IOException {
    long left = file.lengthBytes() - at;
    if (left < CHUNK_HEADER) {
      return false;
    }
    load(at, CHUNK_HEADER);
    int length = intAt(at + HeadChunkLayout.CHUNK_LENGTH);
    if (length < 0 || length > HeadChunkLayout.MAX_DATA_BYTES || length > left - CHUNK_HEADER) {
      return false;
    }
    int check =
        HeadChunkLayout.crc(crc, window, index(at), HeadChunkLayout.CHUNK_CHECK)
            ^ HeadChunkLayout.mask(salt, at);
    return check == intAt(at + HeadChunkLayout.CHUNK_CHECK);
  }

  private int index(long at) {
    return (int) (at - windowStart);
  }

  private int intAt(long at) {
    return (int) INT_LE.get(window, index(at));
  }

  private long longAt(long at) {
    return (long) LONG_LE.get(window, index(at));
  }

  /// Makes the window hold a part of the file, which must exist.
  private void load(long at, int lengthBytes) throws IOException {
    if (at >= windowStart && at + lengthBytes <= windowStart + windowLength) {
      return;
    }
    if (window.length < lengthBytes) {
      window = new byte[lengthBytes];
    }
    windowStart = at;
    windowLength = 0;
    int wanted = (int) Math.min(window.length, file.lengthBytes() - at);
    while (windowLength < wanted) {
      int read = file.read(at + windowLength, window, windowLength, wanted - windowLength);
      if (read <= 0) {
        throw new IOException(name + " is shorter than its length says");
      }
      windowLength += read;
    }
  }
}
