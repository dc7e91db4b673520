package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.LabelCursor;
import io.pallium.model.Labels;
import io.pallium.model.XxHash64;
import java.util.Arrays;

/// Prometheus's hash of labels: XXH64 over names and values in turn, each after its length in one
/// byte, or in three more behind 255 if it does not fit. Confined to one thread.
@HotPath
final class LabelHash {
  private static final int LONG_LENGTH = 255;

  private final LabelCursor cursor = new LabelCursor();
  private byte[] bytes = new byte[256];
  private int length;

  /// The hash as a part of all hashes: from 0 to 1.
  double fraction(Labels labels) {
    cursor.reset(labels.bytes(), 0, labels.bytes().length);
    length = 0;
    while (cursor.next()) {
      if (!NameMark.isAt(cursor)) {
        add(labels.bytes(), cursor.nameOffset(), cursor.nameLengthBytes());
        add(labels.bytes(), cursor.valueOffset(), cursor.valueLengthBytes());
      }
    }
    long hash = XxHash64.hash(bytes, 0, length, 0);
    // Halved with the last bit kept, so that the conversion rounds as that of all 64 bits would.
    double unsigned = hash >= 0 ? hash : 2.0 * (hash >>> 1 | hash & 1);
    return unsigned / 0x1p64;
  }

  private void add(byte[] source, int offset, int size) {
    if (bytes.length - length < size + 4) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + size + 4));
    }
    if (size < LONG_LENGTH) {
      bytes[length++] = (byte) size;
    } else {
      bytes[length++] = (byte) LONG_LENGTH;
      bytes[length++] = (byte) size;
      bytes[length++] = (byte) (size >>> 8);
      bytes[length++] = (byte) (size >>> 16);
    }
    System.arraycopy(source, offset, bytes, length, size);
    length += size;
  }
}
