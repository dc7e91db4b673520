package io.pallium.model;

import io.pallium.base.HotPath;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// The 64-bit hash XXH64 over a slice of bytes. Stable for ever: ring tokens and shards are made
/// from it. Not for tables that a stranger can fill: it does not resist chosen keys.
///
/// Source: the xxHash specification, version 0.1.1 (github.com/Cyan4973/xxHash, doc).
@HotPath
public final class XxHash64 {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long PRIME_1 = 0x9E3779B185EBCA87L;
  private static final long PRIME_2 = 0xC2B2AE3D27D4EB4FL;
  private static final long PRIME_3 = 0x165667B19E3779F9L;
  private static final long PRIME_4 = 0x85EBCA77C2B2AE63L;
  private static final long PRIME_5 = 0x27D4EB2F165667C5L;

  private XxHash64() {}

  /// The hash of `source[offset, offset + lengthBytes)`.
  public static long hash(byte[] source, int offset, int lengthBytes, long seed) {
    int position = offset;
    int end = offset + lengthBytes;
    long hash;
    if (lengthBytes >= 32) {
      long v1 = seed + PRIME_1 + PRIME_2;
      long v2 = seed + PRIME_2;
      long v3 = seed;
      long v4 = seed - PRIME_1;
      do {
        v1 = round(v1, (long) LONG.get(source, position));
        v2 = round(v2, (long) LONG.get(source, position + 8));
        v3 = round(v3, (long) LONG.get(source, position + 16));
        v4 = round(v4, (long) LONG.get(source, position + 24));
        position += 32;
      } while (position <= end - 32);
      hash =
          Long.rotateLeft(v1, 1)
              + Long.rotateLeft(v2, 7)
              + Long.rotateLeft(v3, 12)
              + Long.rotateLeft(v4, 18);
      hash = merge(merge(merge(merge(hash, v1), v2), v3), v4);
    } else {
      hash = seed + PRIME_5;
    }
    return finish(hash + lengthBytes, source, position, end);
  }

  private static long finish(long start, byte[] source, int from, int end) {
    long hash = start;
    int position = from;
    while (position <= end - 8) {
      hash ^= round(0, (long) LONG.get(source, position));
      hash = Long.rotateLeft(hash, 27) * PRIME_1 + PRIME_4;
      position += 8;
    }
    if (position <= end - 4) {
      hash ^= Integer.toUnsignedLong((int) INT.get(source, position)) * PRIME_1;
      hash = Long.rotateLeft(hash, 23) * PRIME_2 + PRIME_3;
      position += 4;
    }
    while (position < end) {
      hash ^= (source[position++] & 0xff) * PRIME_5;
      hash = Long.rotateLeft(hash, 11) * PRIME_1;
    }
    hash ^= hash >>> 33;
    hash *= PRIME_2;
    hash ^= hash >>> 29;
    hash *= PRIME_3;
    return hash ^ (hash >>> 32);
  }

  private static long round(long accumulator, long input) {
    return Long.rotateLeft(accumulator + input * PRIME_2, 31) * PRIME_1;
  }

  private static long merge(long hash, long lane) {
    return (hash ^ round(0, lane)) * PRIME_1 + PRIME_4;
  }
}
