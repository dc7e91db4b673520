package io.pallium.tsdb.head;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.pallium.base.HotPath;

/// A map from log refs to slots, for the time of a replay. Confined.
@HotPath
final class SlotMap {
  private static final long FACTOR = 0x9E37_79B9_7F4A_7C15L;

  private long[] refs = new long[1024];
  private int[] slots = new int[1024];
  private int size;

  /// The slot of a ref, or -1.
  int get(long ref) {
    int at = place(refs, ref);
    return refs[at] == ref ? slots[at] : -1;
  }

  /// @param ref from 1 on
  /// @return whether the ref is new
  @CanIgnoreReturnValue
  boolean put(long ref, int slot) {
    if (size * 2 >= refs.length) {
      grow();
    }
    int at = place(refs, ref);
    boolean isNew = refs[at] == 0;
    if (isNew) {
      size++;
    }
    refs[at] = ref;
    slots[at] = slot;
    return isNew;
  }

  private static int place(long[] refs, long ref) {
    int mask = refs.length - 1;
    int at = (int) (ref * FACTOR >>> 32) & mask;
    while (refs[at] != 0 && refs[at] != ref) {
      at = at + 1 & mask;
    }
    return at;
  }

  private void grow() {
    long[] oldRefs = refs;
    int[] oldSlots = slots;
    refs = new long[oldRefs.length * 2];
    slots = new int[oldRefs.length * 2];
    for (int i = 0; i < oldRefs.length; i++) {
      if (oldRefs[i] != 0) {
        int at = place(refs, oldRefs[i]);
        refs[at] = oldRefs[i];
        slots[at] = oldSlots[i];
      }
    }
  }
}
