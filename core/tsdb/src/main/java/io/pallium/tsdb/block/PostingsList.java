package io.pallium.tsdb.block;

import io.pallium.base.CorruptDataException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Ascending references of series in an index. Immutable.
///
/// @param bytes 4 for each reference
/// @param file what they were read from, for messages
record PostingsList(ByteSource.Window bytes, String file, int count) {
  private static final ValueLayout.OfInt BE32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  int at(int index) {
    int reference = bytes.bytes().get(BE32, 4L * index);
    if (reference < 0) {
      throw new CorruptDataException(
          file + " has a reference beyond 32 GiB at offset " + (bytes.start() + 4L * index));
    }
    return reference;
  }

  int[] toArray() {
    int[] references = new int[count];
    for (int i = 0; i < count; i++) {
      references[i] = at(i);
    }
    return references;
  }
}
