package io.pallium.service.distributor;

import io.pallium.base.HotPath;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;

/// Half of the key of the alias tables; two with secrets of their own make a key of 128 bits. 16
/// bytes a step, each step one 64 x 64 -> 128 bit product folded to 64 bits, three steps in flight.
/// Seeded afresh in each process, never on disk or wire.
///
/// Source: the idea of wyhash (Wang Yi, github.com/wangyi-fudan/wyhash).
@HotPath
final class AliasHash {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final long seed;
  private final long secret1;
  private final long secret2;
  private final long secret3;

  AliasHash() {
    SecureRandom random = new SecureRandom();
    seed = random.nextLong();
    secret1 = random.nextLong() | 1;
    secret2 = random.nextLong() | 1;
    secret3 = random.nextLong() | 1;
  }

  /// The hash of `source[offset, offset + lengthBytes)`. All bits are good.
  long hash(byte[] source, int offset, int lengthBytes) {
    long a = seed ^ lengthBytes;
    long b = a;
    long c = a;
    int position = offset;
    int rest = lengthBytes;
    while (rest > 48) {
      a = mix(word(source, position) ^ secret1, word(source, position + 8) ^ a);
      b = mix(word(source, position + 16) ^ secret2, word(source, position + 24) ^ b);
      c = mix(word(source, position + 32) ^ secret3, word(source, position + 40) ^ c);
      position += 48;
      rest -= 48;
    }
    a ^= b ^ Long.rotateLeft(c, 32);
    while (rest > 16) {
      a = mix(word(source, position) ^ secret1, word(source, position + 8) ^ a);
      position += 16;
      rest -= 16;
    }
    long low;
    long high;
    if (lengthBytes >= 16) {
      // The last 16 bytes, which may overlap what was read before.
      low = word(source, position + rest - 16);
      high = word(source, position + rest - 8);
    } else {
      low = bytes(source, position, Math.min(rest, 8));
      high = bytes(source, position + 8, Math.max(0, rest - 8));
    }
    return mix(secret2 ^ lengthBytes, mix(low ^ secret1, high ^ a));
  }

  private static long mix(long x, long y) {
    return (x * y) ^ Math.unsignedMultiplyHigh(x, y);
  }

  private static long word(byte[] source, int position) {
    return (long) LONG.get(source, position);
  }

  private static long bytes(byte[] source, int position, int count) {
    long value = 0;
    for (int i = 0; i < count; i++) {
      value |= (source[position + i] & 0xffL) << (8 * i);
    }
    return value;
  }
}
