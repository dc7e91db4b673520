package io.pallium.tsdb.log;

import static io.pallium.tsdb.log.LogLayout.INT_LE;
import static io.pallium.tsdb.log.LogLayout.LONG_LE;
import static io.pallium.tsdb.log.LogLayout.RECORD_HEADER;

import io.pallium.tsdb.file.ReadFile;
import io.pallium.tsdb.log.LogReplayReport.Damage;
import io.pallium.tsdb.log.LogReplayReport.DamageKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/// Finds the valid records of one file, whatever the file looks like. Holds a window of the file
/// that slides forward. Confined.
///
/// Damage is kept back until a valid record follows ([#takeDamage]), because at the end of the last
/// segment it is a torn tail and no damage.
final class LogFileScanner {
  private static final int WINDOW_BYTES = 1 << 20;

  private final ReadFile file;
  private final String name;
  private final CRC32C crc = new CRC32C();
  private byte[] window = new byte[WINDOW_BYTES];
  private long windowStart;
  private int windowLength;

  private long number;
  private int kind;
  private long basePosition;
  private int salt;

  private long offset = LogLayout.FILE_RECORDS;
  private long goodEnd = LogLayout.FILE_RECORDS;
  private long recordOffset;
  private int payloadLength;
  private final List<Damage> damage = new ArrayList<>();

  LogFileScanner(ReadFile file, String name) {
    this.file = file;
    this.name = name;
  }

  /// Reads the header from the first copy that is whole.
  ///
  /// @return whether there is one
  boolean readHeader() throws IOException {
    return readHeader(0) || readHeader(LogLayout.FILE_HEADER_COPY);
  }

  int kind() {
    return kind;
  }

  long number() {
    return number;
  }

  long basePosition() {
    return basePosition;
  }

  /// Moves to the next record whose header and content match their checksums.
  ///
  /// @return whether there is one
  boolean next() throws IOException {
    while (offset < file.lengthBytes()) {
      if (!isHeader(offset)) {
        long found = findHeader(offset + 1);
        damage.add(new Damage(DamageKind.UNREADABLE, name, offset, found - offset));
        offset = found;
        continue;
      }
      recordOffset = offset;
      payloadLength = intAt(offset + LogLayout.RECORD_LENGTH);
      int storedCrc = intAt(offset + LogLayout.RECORD_CRC);
      offset += RECORD_HEADER + payloadLength;
      load(recordOffset, RECORD_HEADER + payloadLength);
      crc.reset();
      crc.update(window, payloadOffset(), payloadLength);
      if ((int) crc.getValue() == storedCrc) {
        goodEnd = offset;
        return true;
      }
      damage.add(new Damage(DamageKind.BAD_RECORD, name, recordOffset, offset - recordOffset));
    }
    return false;
  }

  /// The array that holds the present record's payload until the next call of [#next].
  byte[] bytes() {
    return window;
  }

  /// Where the payload starts in [#bytes].
  int payloadOffset() {
    return windowIndex(recordOffset) + RECORD_HEADER;
  }

  int payloadLength() {
    return payloadLength;
  }

  int type() {
    return window[windowIndex(recordOffset) + LogLayout.RECORD_TYPE] & 0xFF;
  }

  int flags() {
    return window[windowIndex(recordOffset) + LogLayout.RECORD_FLAGS] & 0xFF;
  }

  /// Whether version and flags are those that this release reads.
  boolean isSupported() {
    int at = windowIndex(recordOffset);
    return window[at + LogLayout.RECORD_VERSION] == LogLayout.VERSION
        && (flags() & ~LogLayout.LZ4) == 0
        && window[at + LogLayout.RECORD_FLAGS + 1] == 0;
  }

  long recordOffset() {
    return recordOffset;
  }

  long recordPosition() {
    return positionOf(recordOffset);
  }

  /// The position behind the last byte of the file.
  long endPosition() {
    return positionOf(Math.max(file.lengthBytes(), LogLayout.FILE_RECORDS));
  }

  /// Where the last valid record ends.
  long goodEnd() {
    return goodEnd;
  }

  /// How far the file has been read.
  long offset() {
    return offset;
  }

  /// The damage found since the last call.
  List<Damage> takeDamage() {
    List<Damage> taken = List.copyOf(damage);
    damage.clear();
    return taken;
  }

  private boolean readHeader(int copy) throws IOException {
    if (file.lengthBytes() < copy + LogLayout.FILE_HEADER_LENGTH) {
      return false;
    }
    load(copy, LogLayout.FILE_HEADER_LENGTH);
    int at = windowIndex(copy);
    if ((int) INT_LE.get(window, at + LogLayout.FILE_MAGIC) != LogLayout.MAGIC
        || (int) INT_LE.get(window, at + LogLayout.FILE_CRC)
            != LogLayout.crc(window, at, LogLayout.FILE_CRC)
        || window[at + LogLayout.FILE_VERSION] != LogLayout.VERSION) {
      return false;
    }
    kind = window[at + LogLayout.FILE_KIND];
    number = (long) LONG_LE.get(window, at + LogLayout.FILE_NUMBER);
    basePosition = (long) LONG_LE.get(window, at + LogLayout.FILE_BASE_POSITION);
    salt = (int) INT_LE.get(window, at + LogLayout.FILE_SALT);
    return true;
  }

  /// Whether a record header stands here that is valid in this place and whose record is whole.
  private boolean isHeader(long at) throws IOException {
    long remaining = file.lengthBytes() - at;
    if (remaining < RECORD_HEADER) {
      return false;
    }
    load(at, RECORD_HEADER);
    int index = windowIndex(at);
    int length = (int) INT_LE.get(window, index + LogLayout.RECORD_LENGTH);
    if (length < 0 || length > LogLayout.MAX_PAYLOAD_BYTES || length > remaining - RECORD_HEADER) {
      return false;
    }
    crc.reset();
    crc.update(window, index, LogLayout.RECORD_CHECK);
    int check = (int) crc.getValue() ^ LogLayout.mask(salt, positionOf(at));
    return (int) INT_LE.get(window, index + LogLayout.RECORD_CHECK) == check;
  }

  private long findHeader(long from) throws IOException {
    long at = from;
    while (at < file.lengthBytes() && !isHeader(at)) {
      at++;
    }
    return at;
  }

  private long positionOf(long at) {
    return basePosition + at - LogLayout.FILE_RECORDS;
  }

  private int windowIndex(long at) {
    return (int) (at - windowStart);
  }

  private int intAt(long at) {
    return (int) INT_LE.get(window, windowIndex(at));
  }

  /// Makes the window hold a part of the file, which must exist.
  private void load(long at, int lengthBytes) throws IOException {
    if (at >= windowStart && at + lengthBytes <= windowStart + windowLength) {
      return;
    }
    if (window.length < lengthBytes) {
      window = new byte[Math.max(lengthBytes, WINDOW_BYTES)];
    } else if (window.length > WINDOW_BYTES && lengthBytes <= WINDOW_BYTES) {
      window = new byte[WINDOW_BYTES];
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
