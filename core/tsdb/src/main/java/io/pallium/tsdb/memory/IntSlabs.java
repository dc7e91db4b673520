package io.pallium.tsdb.memory;

import io.pallium.base.HotPath;
import java.util.Arrays;

/// Runs of ints in large arrays, addressed by an int: as [ByteSlabs]. Sizes up to 64 are exact,
/// larger ones are rounded up to a power of two.
///
/// ```
/// address   bit 13-31 slab, bit 0-12 index within it; 0 is no address
/// free run  [0] the address of the next free run of its size
/// ```
///
/// Not thread-safe: guarded by whoever owns it.
@HotPath
public final class IntSlabs {
  private static final int SLAB_SHIFT = 13;
  private static final int SLAB_INTS = 1 << SLAB_SHIFT;
  private static final int INDEX_MASK = SLAB_INTS - 1;
  private static final int EXACT_SIZES = 64;
  private static final int FIRST_SLAB_INTS = 512;
  private static final int MAX_SHARED_INTS = SLAB_INTS / 4;
  private static final int CLASSES = EXACT_SIZES + SLAB_SHIFT;
  private static final int[] NO_INTS = new int[0];

  private final int[] free = new int[CLASSES];
  private int[][] slabs = new int[4][];
  private int slabCount;
  private int openSlab;
  private int openIndex;
  private int[] freeSlabNumbers = new int[0];
  private int freeSlabNumberCount;
  private long allocatedInts;

  /// The size that a run of at least `ints` has.
  public static int roundedSize(int ints) {
    if (ints <= EXACT_SIZES) {
      return Math.max(1, ints);
    }
    return Integer.highestOneBit(ints - 1) << 1;
  }

  /// Hands out a run of [#roundedSize]; its content is arbitrary.
  public int allocate(int ints) {
    int size = roundedSize(ints);
    if (size > MAX_SHARED_INTS) {
      if (slabCount == 0) {
        openSlab(1);
      }
      return addSlab(new int[size]) << SLAB_SHIFT;
    }
    int sizeClass = sizeClass(size);
    int address = free[sizeClass];
    if (address == 0) {
      return allocateNew(size);
    }
    free[sizeClass] = array(address)[index(address)];
    return address;
  }

  /// Takes a run back.
  ///
  /// @param ints the size that it was allocated with
  public void free(int address, int ints) {
    int size = roundedSize(ints);
    if (size > MAX_SHARED_INTS) {
      freeAlone(address);
      return;
    }
    int sizeClass = sizeClass(size);
    array(address)[index(address)] = free[sizeClass];
    free[sizeClass] = address;
  }

  /// The array that a run lies in.
  public int[] array(int address) {
    return slabs[address >>> SLAB_SHIFT];
  }

  /// Where in its array a run begins.
  public static int index(int address) {
    return address & INDEX_MASK;
  }

  /// The size of all arrays.
  public long allocatedBytes() {
    return allocatedInts * Integer.BYTES;
  }

  private static int sizeClass(int size) {
    return size <= EXACT_SIZES ? size - 1 : EXACT_SIZES - 7 + Integer.numberOfTrailingZeros(size);
  }

  private int allocateNew(int size) {
    if (slabCount == 0 || openIndex + size > slabs[openSlab].length) {
      openSlab(size);
    }
    int address = openSlab << SLAB_SHIFT | openIndex;
    openIndex += size;
    return address;
  }

  private void openSlab(int size) {
    if (slabCount > 0) {
      freeRest(openSlab << SLAB_SHIFT | openIndex, slabs[openSlab].length - openIndex);
    }
    boolean isFirst = slabCount == 0;
    long wanted = Math.max(Math.max(allocatedInts, FIRST_SLAB_INTS), size + 1L);
    long length = Math.min(Long.highestOneBit(wanted - 1) << 1, SLAB_INTS);
    openSlab = addSlab(new int[(int) length]);
    openIndex = isFirst ? 1 : 0;
  }

  /// What is left at the end of a slab becomes free runs.
  private void freeRest(int address, int ints) {
    int at = address;
    int left = ints;
    while (left > 0) {
      int size =
          left <= EXACT_SIZES ? left : Math.min(Integer.highestOneBit(left), MAX_SHARED_INTS);
      free(at, size);
      at += size;
      left -= size;
    }
  }

  private void freeAlone(int address) {
    int number = address >>> SLAB_SHIFT;
    allocatedInts -= slabs[number].length;
    slabs[number] = NO_INTS;
    if (freeSlabNumberCount == freeSlabNumbers.length) {
      freeSlabNumbers = Arrays.copyOf(freeSlabNumbers, Math.max(8, freeSlabNumberCount * 2));
    }
    freeSlabNumbers[freeSlabNumberCount++] = number;
  }

  private int addSlab(int[] slab) {
    allocatedInts += slab.length;
    if (freeSlabNumberCount > 0) {
      int number = freeSlabNumbers[--freeSlabNumberCount];
      slabs[number] = slab;
      return number;
    }
    if (slabCount == slabs.length) {
      if (slabCount == 1 << 31 - SLAB_SHIFT) {
        throw new IllegalStateException("no more than " + slabCount + " slabs in one table");
      }
      slabs = Arrays.copyOf(slabs, slabCount * 2);
    }
    slabs[slabCount] = slab;
    return slabCount++;
  }
}
