package io.pallium.tsdb.log;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/// Every offset, width and number of the log's files. The drawings are in the format's page.
///
/// Source: docs/formats/wal.md.
final class LogLayout {
  static final VarHandle INT_LE =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  static final VarHandle LONG_LE =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  static final VarHandle LONG_BE =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  static final String SEGMENT_SUFFIX = ".wal";
  static final String CHECKPOINT_PREFIX = "checkpoint.";
  static final String TEMPORARY_SUFFIX = ".tmp";

  static final int VERSION = 1;

  static final int MAGIC = 'P' | 'W' << 8 | 'A' << 16 | 'L' << 24;
  static final int FILE_MAGIC = 0;
  static final int FILE_VERSION = 4;
  static final int FILE_KIND = 5;
  static final int FILE_NUMBER = 8;
  static final int FILE_BASE_POSITION = 16;
  static final int FILE_SALT = 24;
  static final int FILE_CRC = 28;
  static final int FILE_HEADER_LENGTH = 32;
  static final int FILE_HEADER_COPY = 512;

  /// Where the first record stands.
  static final int FILE_RECORDS = 1024;

  static final int KIND_SEGMENT = 1;
  static final int KIND_CHECKPOINT = 2;

  static final int RECORD_LENGTH = 0;
  static final int RECORD_CRC = 4;
  static final int RECORD_TYPE = 8;
  static final int RECORD_VERSION = 9;
  static final int RECORD_FLAGS = 10;

  /// The flag of a payload that is an LZ4 block.
  static final int LZ4 = 1;

  static final int RECORD_CHECK = 12;
  static final int RECORD_HEADER = 16;
  static final int MAX_PAYLOAD_BYTES = 1 << 30;

  static final int BATCH = 1;
  static final int TENANT = 2;
  static final int TENANT_DELETED = 3;
  static final int CHECKPOINT_START = 4;
  static final int CHECKPOINT_END = 5;
  static final int CHECKPOINT_SEGMENT = 6;

  static final int SERIES = 1;
  static final int SAMPLES = 2;
  static final int HISTOGRAMS = 3;
  static final int EXEMPLARS = 4;
  static final int METADATA = 5;
  static final int OUT_OF_ORDER_SAMPLES = 7;
  static final int OUT_OF_ORDER_HISTOGRAMS = 8;
  static final int TOMBSTONES = 9;
  static final int STARTS = 10;
  static final int CHUNKS = 11;

  /// The largest value nibble of the form "bytes of the double"; higher ones are integers.
  static final int NIBBLE_BITS_MAX = 8;

  private LogLayout() {}

  /// What the header check of a record at a position is xored with.
  static int mask(int salt, long position) {
    return (int) (((Integer.toUnsignedLong(salt) + position) * 0x9E3779B97F4A7C15L) >>> 32);
  }

  static int crc(byte[] bytes, int offset, int lengthBytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, lengthBytes);
    return (int) crc.getValue();
  }

  static byte[] fileHeader(int kind, long number, long basePosition, int salt) {
    byte[] header = new byte[FILE_RECORDS];
    INT_LE.set(header, FILE_MAGIC, MAGIC);
    header[FILE_VERSION] = VERSION;
    header[FILE_KIND] = (byte) kind;
    LONG_LE.set(header, FILE_NUMBER, number);
    LONG_LE.set(header, FILE_BASE_POSITION, basePosition);
    INT_LE.set(header, FILE_SALT, salt);
    INT_LE.set(header, FILE_CRC, crc(header, 0, FILE_CRC));
    System.arraycopy(header, 0, header, FILE_HEADER_COPY, FILE_HEADER_LENGTH);
    return header;
  }

  static String segmentName(long number) {
    return padded(number) + SEGMENT_SUFFIX;
  }

  static String checkpointName(long number) {
    return CHECKPOINT_PREFIX + padded(number);
  }

  /// The number of a segment file, or -1 if the name is not one of a segment.
  static long segmentNumber(String name) {
    return name.endsWith(SEGMENT_SUFFIX)
        ? number(name, 0, name.length() - SEGMENT_SUFFIX.length())
        : -1;
  }

  /// The number of a checkpoint file, or -1 if the name is not one of a finished checkpoint.
  static long checkpointNumber(String name) {
    return name.startsWith(CHECKPOINT_PREFIX)
        ? number(name, CHECKPOINT_PREFIX.length(), name.length())
        : -1;
  }

  private static String padded(long number) {
    String digits = Long.toString(number);
    return "0".repeat(Math.max(0, 8 - digits.length())) + digits;
  }

  private static long number(String name, int from, int to) {
    if (to - from < 8 || to - from > 18) {
      return -1;
    }
    long number = 0;
    for (int i = from; i < to; i++) {
      char c = name.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      number = number * 10 + (c - '0');
    }
    return number;
  }
}
