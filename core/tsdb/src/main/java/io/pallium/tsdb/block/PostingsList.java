package io.pallium.tsdb.block;

import io.pallium.base.CorruptDataException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;

/// Ascending references of series in a mapped index. Immutable.
record PostingsList(MemorySegment segment, Path file, long start, int count) {
  private static final ValueLayout.OfInt BE32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  int at(int index) {
    int reference = segment.get(BE32, start + 4L * index);
    if (reference < 0) {
      throw new CorruptDataException(
          file + " has a reference beyond 32 GiB at offset " + (start + 4L * index));
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
