package io.pallium.tsdb.memory;

import io.pallium.base.HotPath;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Runs of bytes in large arrays, addressed by an int, for what grows by moving and then goes:
/// sizes are powers of two, a freed run joins the free one beside it, and an array that is free as
/// a whole is given up. So many things that grow in step need hardly more than what they have now.
///
/// ```
/// address   bit 14-31 slab, bit 0-13 unit within it; 0 is no address
/// free run  bytes 0-3 the address of the next free run of its order, 4-7 of the one before
/// states    per slab, a byte for each two units: order + 1 of the free run that begins there, or 0
/// ```
///
/// A run of order n has 2^n units of [ByteSlabs#UNIT_BYTES]; the smallest has [#MIN_ORDER]. One
/// larger than [#MAX_ORDER] has an array of its own. Not thread-safe: guarded by whoever owns it.
@HotPath
public final class BuddySlabs {
  /// The order of the smallest run: 32 bytes.
  public static final int MIN_ORDER = 1;

  /// The order of the largest run in a shared array: 8 KiB.
  public static final int MAX_ORDER = 9;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final int UNIT_SHIFT = 4;
  private static final int SLAB_SHIFT = 14;
  private static final int UNIT_MASK = (1 << SLAB_SHIFT) - 1;
  private static final int MAX_SLABS = 1 << 31 - SLAB_SHIFT;
  private static final int NEXT = 0;
  private static final int BEFORE = 4;
  private static final byte[] NO_BYTES = new byte[0];

  /// The orders of whole slabs: they double from 4 KiB, so that few things take little.
  private static final int FIRST_SLAB_ORDER = 8;

  private static final int LAST_SLAB_ORDER = SLAB_SHIFT;

  // One slab that is free as a whole is kept, so that none is made and given up in turns.
  private int spareAddress;

  private final int[] free = new int[LAST_SLAB_ORDER + 1];
  private byte[][] slabs = new byte[4][];
  private byte[][] states = new byte[4][];

  // Number 0 is not used: its first address would be no address.
  private int slabCount = 1;
  private int[] freeNumbers = new int[0];
  private int freeNumberCount;
  private long allocatedBytes;

  /// Begins without memory.
  public BuddySlabs() {
    slabs[0] = NO_BYTES;
    states[0] = NO_BYTES;
  }

  /// The order of the smallest run that has room for a number of bytes.
  public static int order(int lengthBytes) {
    int units = Math.max(1 << MIN_ORDER, lengthBytes + ByteSlabs.UNIT_BYTES - 1 >>> UNIT_SHIFT);
    return 32 - Integer.numberOfLeadingZeros(units - 1);
  }

  /// The bytes of a run.
  public static int sizeBytes(int order) {
    return ByteSlabs.UNIT_BYTES << order;
  }

  /// Hands out a run; its content is arbitrary.
  ///
  /// @return its address
  public int allocate(int order) {
    if (order > MAX_ORDER) {
      byte[] alone = new byte[sizeBytes(order)];
      return addSlab(alone, NO_BYTES) << SLAB_SHIFT;
    }
    int found = order;
    while (found <= LAST_SLAB_ORDER && free[found] == 0) {
      found++;
    }
    if (found > LAST_SLAB_ORDER) {
      found = addSharedSlab(order);
    }
    int address = free[found];
    unlink(address, found);
    if (address == spareAddress) {
      spareAddress = 0;
    }
    while (found > order) {
      found--;
      link(address + (1 << found), found);
    }
    return address;
  }

  /// Takes a run back.
  ///
  /// @param order what it was allocated with
  public void free(int address, int order) {
    int number = address >>> SLAB_SHIFT;
    if (order > MAX_ORDER) {
      removeSlab(number);
      return;
    }
    byte[] state = states[number];
    int slabUnits = slabs[number].length >>> UNIT_SHIFT;
    int unit = address & UNIT_MASK;
    int joined = order;
    while (1 << joined < slabUnits) {
      int buddy = unit ^ 1 << joined;
      if (state[buddy >>> MIN_ORDER] != joined + 1) {
        break;
      }
      unlink(number << SLAB_SHIFT | buddy, joined);
      unit &= ~(1 << joined);
      joined++;
    }
    if (1 << joined == slabUnits) {
      giveUp(number, joined);
    } else {
      link(number << SLAB_SHIFT | unit, joined);
    }
  }

  /// The array that a run lies in.
  public byte[] array(int address) {
    return slabs[address >>> SLAB_SHIFT];
  }

  /// Where in its array a run begins.
  public static int offset(int address) {
    return (address & UNIT_MASK) << UNIT_SHIFT;
  }

  /// The size of all arrays.
  public long allocatedBytes() {
    return allocatedBytes;
  }

  /// Keeps one slab that is free as a whole; others go.
  private void giveUp(int number, int order) {
    if (spareAddress == 0) {
      spareAddress = number << SLAB_SHIFT;
      link(spareAddress, order);
    } else {
      removeSlab(number);
    }
  }

  private void link(int address, int order) {
    byte[] slab = array(address);
    int start = offset(address);
    int next = free[order];
    INT.set(slab, start + NEXT, next);
    INT.set(slab, start + BEFORE, 0);
    if (next != 0) {
      INT.set(array(next), offset(next) + BEFORE, address);
    }
    free[order] = address;
    states[address >>> SLAB_SHIFT][(address & UNIT_MASK) >>> MIN_ORDER] = (byte) (order + 1);
  }

  private void unlink(int address, int order) {
    byte[] slab = array(address);
    int start = offset(address);
    int next = (int) INT.get(slab, start + NEXT);
    int before = (int) INT.get(slab, start + BEFORE);
    if (before == 0) {
      free[order] = next;
    } else {
      INT.set(array(before), offset(before) + NEXT, next);
    }
    if (next != 0) {
      INT.set(array(next), offset(next) + BEFORE, before);
    }
    states[address >>> SLAB_SHIFT][(address & UNIT_MASK) >>> MIN_ORDER] = 0;
  }

  /// @return the order of the new slab, which is free
  private int addSharedSlab(int order) {
    long wantedUnits = Math.max(allocatedBytes >>> UNIT_SHIFT, 1L << FIRST_SLAB_ORDER);
    int slabOrder = 63 - Long.numberOfLeadingZeros(wantedUnits);
    slabOrder = Math.min(Math.max(slabOrder, order), LAST_SLAB_ORDER);
    byte[] slab = new byte[sizeBytes(slabOrder)];
    int number = addSlab(slab, new byte[1 << slabOrder - MIN_ORDER]);
    link(number << SLAB_SHIFT, slabOrder);
    return slabOrder;
  }

  private int addSlab(byte[] slab, byte[] state) {
    allocatedBytes += slab.length + state.length;
    int number;
    if (freeNumberCount > 0) {
      number = freeNumbers[--freeNumberCount];
    } else {
      if (slabCount == slabs.length) {
        if (slabCount == MAX_SLABS) {
          throw new IllegalStateException("no more than " + MAX_SLABS + " slabs in one table");
        }
        slabs = Arrays.copyOf(slabs, slabCount * 2);
        states = Arrays.copyOf(states, slabCount * 2);
      }
      number = slabCount++;
    }
    slabs[number] = slab;
    states[number] = state;
    return number;
  }

  private void removeSlab(int number) {
    allocatedBytes -= slabs[number].length + states[number].length;
    slabs[number] = NO_BYTES;
    states[number] = NO_BYTES;
    if (freeNumberCount == freeNumbers.length) {
      freeNumbers = Arrays.copyOf(freeNumbers, Math.max(8, freeNumberCount * 2));
    }
    freeNumbers[freeNumberCount++] = number;
  }
}
