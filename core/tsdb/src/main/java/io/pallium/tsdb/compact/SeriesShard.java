package io.pallium.tsdb.compact;

import io.pallium.model.LabelCursor;
import io.pallium.model.Labels;
import io.pallium.model.XxHash64;
import java.util.Arrays;

/// Which shard a series is in: Prometheus's stable hash of labels (XXH64 over each name and each
/// value with a byte 255 behind it), modulo the number of shards. Confined to one thread. Source:
/// docs/formats/block.md.
final class SeriesShard {
  private static final byte SEPARATOR = (byte) 0xff;

  private final LabelCursor cursor = new LabelCursor();
  private byte[] bytes = new byte[256];
  private int length;

  /// @param shards at least 1
  /// @return from 0 on
  int of(Labels labels, int shards) {
    return (int) Long.remainderUnsigned(hash(labels), shards);
  }

  long hash(Labels labels) {
    byte[] source = labels.bytes();
    cursor.reset(source, 0, source.length);
    length = 0;
    while (cursor.next()) {
      add(source, cursor.nameOffset(), cursor.nameLengthBytes());
      add(source, cursor.valueOffset(), cursor.valueLengthBytes());
    }
    return XxHash64.hash(bytes, 0, length, 0);
  }

  /// The name of a shard, as it is kept with a block.
  static String name(int shard, int shards) {
    return (shard + 1) + "_of_" + shards;
  }

  private void add(byte[] source, int offset, int size) {
    if (bytes.length - length < size + 1) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + size + 1));
    }
    System.arraycopy(source, offset, bytes, length, size);
    length += size;
    bytes[length++] = SEPARATOR;
  }
}
