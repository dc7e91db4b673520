package io.pallium.tsdb.block;

import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/// The distinct names and values of a block while it is written: numbered as they come, ranked in
/// unsigned byte order at the end. All bytes lie in one array. Confined to one thread.
final class SymbolCollector {
  private static final int MAX_SYMBOL_BYTES = Integer.MAX_VALUE - 16;

  private final int seed = ThreadLocalRandom.current().nextInt();
  private byte[] bytes = new byte[1 << 12];
  private int[] ends = new int[256];
  private int[] table = new int[1 << 10];
  private int count;

  int count() {
    return count;
  }

  byte[] bytes() {
    return bytes;
  }

  int offset(int symbol) {
    return symbol == 0 ? 0 : ends[symbol - 1];
  }

  int lengthBytes(int symbol) {
    return ends[symbol] - offset(symbol);
  }

  /// The number of a symbol, a new one if it has none yet.
  int number(byte[] source, int offset, int lengthBytes) {
    int mask = table.length - 1;
    int slot = hash(source, offset, lengthBytes) & mask;
    while (table[slot] != 0) {
      int symbol = table[slot] - 1;
      int start = offset(symbol);
      if (Arrays.equals(bytes, start, ends[symbol], source, offset, offset + lengthBytes)) {
        return symbol;
      }
      slot = slot + 1 & mask;
    }
    append(source, offset, lengthBytes);
    table[slot] = count;
    if (count * 2 > table.length) {
      grow();
    }
    return count - 1;
  }

  /// The numbers in the order of their bytes.
  int[] sorted() {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = i;
    }
    int[] other = new int[count];
    for (int width = 1; width < count; width *= 2) {
      for (int from = 0; from < count; from += 2 * width) {
        merge(order, other, from, Math.min(from + width, count), Math.min(from + 2 * width, count));
      }
      int[] merged = other;
      other = order;
      order = merged;
    }
    return order;
  }

  private void merge(int[] source, int[] target, int from, int middle, int to) {
    int left = from;
    int right = middle;
    for (int i = from; i < to; i++) {
      boolean isLeft = left < middle && (right >= to || compare(source[left], source[right]) <= 0);
      target[i] = isLeft ? source[left++] : source[right++];
    }
  }

  private int compare(int a, int b) {
    return Arrays.compareUnsigned(bytes, offset(a), ends[a], bytes, offset(b), ends[b]);
  }

  private void append(byte[] source, int offset, int lengthBytes) {
    int start = count == 0 ? 0 : ends[count - 1];
    if (lengthBytes > MAX_SYMBOL_BYTES - start) {
      throw new AssertionError("BUG: more than 2 GiB of label names and values in a block");
    }
    if (bytes.length - start < lengthBytes) {
      long room = Math.max(bytes.length * 2L, (long) start + lengthBytes);
      bytes = Arrays.copyOf(bytes, (int) Math.min(room, MAX_SYMBOL_BYTES));
    }
    if (count == ends.length) {
      ends = Arrays.copyOf(ends, count * 2);
    }
    System.arraycopy(source, offset, bytes, start, lengthBytes);
    ends[count++] = start + lengthBytes;
  }

  private void grow() {
    table = new int[table.length * 2];
    int mask = table.length - 1;
    for (int symbol = 0; symbol < count; symbol++) {
      int slot = hash(bytes, offset(symbol), lengthBytes(symbol)) & mask;
      while (table[slot] != 0) {
        slot = slot + 1 & mask;
      }
      table[slot] = symbol + 1;
    }
  }

  private int hash(byte[] source, int offset, int lengthBytes) {
    int hash = seed;
    for (int i = offset; i < offset + lengthBytes; i++) {
      hash = (hash ^ source[i]) * 0x01000193;
    }
    hash ^= hash >>> 15;
    hash *= 0x2c1b3c6d;
    return hash ^ hash >>> 13;
  }
}
