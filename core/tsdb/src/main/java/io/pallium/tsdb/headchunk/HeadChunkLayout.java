package io.pallium.tsdb.headchunk;

import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/// Every offset, width and number of a file of head chunks. Source: docs/formats/head-chunks.md.
final class HeadChunkLayout {
  static final VarHandle INT_LE =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  static final VarHandle LONG_LE =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt MAPPED_INT_LE =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static final String SUFFIX = ".chunks";
  static final int VERSION = 1;

  static final int MAGIC = 'P' | 'H' << 8 | 'C' << 16 | 'K' << 24;
  static final int FILE_MAGIC = 0;
  static final int FILE_VERSION = 4;
  static final int FILE_NUMBER = 8;
  static final int FILE_SALT = 16;
  static final int FILE_CRC = 20;

  /// Where the first chunk stands.
  static final int FILE_HEADER = 24;

  static final int CHUNK_LENGTH = 0;
  static final int CHUNK_ENCODING = 4;
  static final int CHUNK_FLAGS = 5;
  static final int CHUNK_REF = 8;

  /// A bit of the flags: the samples came out of order.
  static final int OUT_OF_ORDER = 1;

  static final int CHUNK_MIN_TIME = 16;
  static final int CHUNK_MAX_TIME = 24;
  static final int CHUNK_PREVIOUS = 32;
  static final int CHUNK_DATA_CRC = 40;
  static final int CHUNK_CHECK = 44;
  static final int CHUNK_HEADER = 48;
  static final int MAX_DATA_BYTES = 1 << 26;

  static final long MAX_FILE_NUMBER = (1L << 24) - 1;

  private HeadChunkLayout() {}

  static long position(long fileNumber, long offset) {
    return fileNumber << 32 | offset;
  }

  static int fileNumber(long position) {
    return (int) (position >>> 32);
  }

  static long offset(long position) {
    return position & 0xffff_ffffL;
  }

  /// What the header check of a chunk at an offset is xored with.
  static int mask(int salt, long offset) {
    return (int) (((Integer.toUnsignedLong(salt) + offset) * 0x9E3779B97F4A7C15L) >>> 32);
  }

  static int crc(CRC32C crc, byte[] bytes, int offset, int lengthBytes) {
    crc.reset();
    crc.update(bytes, offset, lengthBytes);
    return (int) crc.getValue();
  }

  static byte[] fileHeader(long number, int salt) {
    byte[] header = new byte[FILE_HEADER];
    INT_LE.set(header, FILE_MAGIC, MAGIC);
    header[FILE_VERSION] = VERSION;
    LONG_LE.set(header, FILE_NUMBER, number);
    INT_LE.set(header, FILE_SALT, salt);
    INT_LE.set(header, FILE_CRC, crc(new CRC32C(), header, 0, FILE_CRC));
    return header;
  }

  static String fileName(long number) {
    String digits = Long.toString(number);
    return "0".repeat(Math.max(0, 8 - digits.length())) + digits + SUFFIX;
  }

  /// The number of a file, or -1 if the name is not one of a file of head chunks.
  static long fileNumber(String name) {
    int digits = name.length() - SUFFIX.length();
    if (!name.endsWith(SUFFIX) || digits != 8) {
      return -1;
    }
    long number = 0;
    for (int i = 0; i < digits; i++) {
      char c = name.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      number = number * 10 + (c - '0');
    }
    return number;
  }
}
