package io.pallium.tsdb.block;

import java.util.Arrays;

/// The part of a series' index entry that says where its chunks are, built up chunk by chunk.
/// Confined to one thread. Source: docs/formats/index.md.
final class ChunkEntries {
  private byte[] entries = new byte[256];
  private byte[] whole = new byte[256];
  private int length;
  private int count;
  private long lastReference;
  private long lastMaxMs;

  void reset() {
    length = 0;
    count = 0;
  }

  int count() {
    return count;
  }

  /// The time of the last sample so far; only if [#count] is not 0.
  long lastMaxMs() {
    return lastMaxMs;
  }

  void add(long minMs, long maxMs, long reference) {
    if (entries.length - length < 30) {
      entries = Arrays.copyOf(entries, entries.length * 2);
    }
    if (count == 0) {
      length = put(entries, length, zigzag(minMs));
      length = put(entries, length, maxMs - minMs);
      length = put(entries, length, reference);
    } else {
      length = put(entries, length, minMs - lastMaxMs);
      length = put(entries, length, maxMs - minMs);
      length = put(entries, length, zigzag(reference - lastReference));
    }
    lastMaxMs = maxMs;
    lastReference = reference;
    count++;
  }

  /// The count and the entries; valid until the next change.
  byte[] bytes() {
    if (whole.length < length + 5) {
      whole = new byte[2 * (length + 5)];
    }
    int at = put(whole, 0, count);
    System.arraycopy(entries, 0, whole, at, length);
    return whole;
  }

  int lengthBytes() {
    return BlockOutput.uvarintLength(count) + length;
  }

  private static long zigzag(long value) {
    return value << 1 ^ value >> 63;
  }

  private static int put(byte[] target, int offset, long value) {
    int at = offset;
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      target[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    target[at++] = (byte) rest;
    return at;
  }
}
