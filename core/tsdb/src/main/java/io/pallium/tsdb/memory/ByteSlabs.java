package io.pallium.tsdb.memory;

import io.pallium.base.HotPath;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Runs of bytes in large arrays, addressed by an int. A run is a whole number of units of
/// [#UNIT_BYTES]; freed runs wait in a list per size and are handed out again before new room is
/// taken. A run larger than [#MAX_CLASS_UNITS] has an array of its own.
///
/// ```
/// address   bit 14-31 slab, bit 0-13 unit within it; 0 is no address
/// free run  bytes 0-3 the address of the next free run of its size
/// ```
///
/// Not thread-safe: guarded by whoever owns it. An array that was handed out stays valid for
/// reading as long as the run is not freed, whatever else happens.
@HotPath
public final class ByteSlabs {
  /// The grain of sizes.
  public static final int UNIT_BYTES = 16;

  /// The largest run that is kept in shared arrays.
  public static final int MAX_CLASS_UNITS = 256;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final int UNIT_SHIFT = 4;
  private static final int SLAB_SHIFT = 14;
  private static final int UNIT_MASK = (1 << SLAB_SHIFT) - 1;
  private static final int MAX_SLABS = 1 << 31 - SLAB_SHIFT;
  private static final byte[] NO_BYTES = new byte[0];

  private final int[] free = new int[MAX_CLASS_UNITS + 1];
  private byte[][] slabs = new byte[4][];
  private int slabCount;
  private int openSlab;
  private int openUnit;
  private int[] freeSlabNumbers = new int[0];
  private int freeSlabNumberCount;
  private long allocatedBytes;

  /// The units that a number of bytes needs; at least one.
  public static int units(int lengthBytes) {
    return Math.max(1, lengthBytes + UNIT_BYTES - 1 >>> UNIT_SHIFT);
  }

  /// Hands out a run; its content is arbitrary.
  ///
  /// @return its address
  public int allocate(int units) {
    if (units > MAX_CLASS_UNITS) {
      return allocateAlone(units);
    }
    int address = free[units];
    if (address == 0) {
      return allocateNew(units);
    }
    free[units] = (int) INT.get(array(address), offset(address));
    return address;
  }

  /// Takes a run back.
  ///
  /// @param units what it was allocated with
  public void free(int address, int units) {
    if (units > MAX_CLASS_UNITS) {
      freeAlone(address, units);
      return;
    }
    INT.set(array(address), offset(address), free[units]);
    free[units] = address;
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

  private int allocateNew(int units) {
    if (slabCount == 0 || openUnit + units > slabs[openSlab].length >>> UNIT_SHIFT) {
      openSlab(units);
    }
    int address = openSlab << SLAB_SHIFT | openUnit;
    openUnit += units;
    return address;
  }

  private void openSlab(int units) {
    if (slabCount > 0) {
      int rest = (slabs[openSlab].length >>> UNIT_SHIFT) - openUnit;
      if (rest > 0) {
        free(openSlab << SLAB_SHIFT | openUnit, rest);
      }
    }
    // Doubles from 4 KiB, so that a table with little in it takes little.
    long wanted = Math.max(allocatedBytes, MAX_CLASS_UNITS * UNIT_BYTES);
    int lengthBytes = (int) Math.min(Long.highestOneBit(wanted), UNIT_BYTES << SLAB_SHIFT);
    boolean isFirst = slabCount == 0;
    openSlab = addSlab(new byte[isFirst ? lengthBytes * 2 : lengthBytes]);
    openUnit = isFirst ? 1 : 0;
    if (openUnit + units > slabs[openSlab].length >>> UNIT_SHIFT) {
      throw new AssertionError("BUG: a slab has no room for " + units + " units");
    }
  }

  private int allocateAlone(int units) {
    if (slabCount == 0) {
      openSlab(1);
    }
    return addSlab(new byte[Math.multiplyExact(units, UNIT_BYTES)]) << SLAB_SHIFT;
  }

  private void freeAlone(int address, int units) {
    int number = address >>> SLAB_SHIFT;
    allocatedBytes -= (long) units << UNIT_SHIFT;
    slabs[number] = NO_BYTES;
    if (freeSlabNumberCount == freeSlabNumbers.length) {
      freeSlabNumbers = Arrays.copyOf(freeSlabNumbers, Math.max(8, freeSlabNumberCount * 2));
    }
    freeSlabNumbers[freeSlabNumberCount++] = number;
  }

  private int addSlab(byte[] slab) {
    allocatedBytes += slab.length;
    if (freeSlabNumberCount > 0) {
      int number = freeSlabNumbers[--freeSlabNumberCount];
      slabs[number] = slab;
      return number;
    }
    if (slabCount == slabs.length) {
      if (slabCount == MAX_SLABS) {
        throw new IllegalStateException("no more than " + MAX_SLABS + " slabs in one table");
      }
      slabs = Arrays.copyOf(slabs, slabCount * 2);
    }
    slabs[slabCount] = slab;
    return slabCount++;
  }
}
