package io.pallium.tsdb.index;

import io.pallium.base.HotPath;
import io.pallium.tsdb.memory.IntSlabs;
import java.util.Arrays;

/// The postings of one tenant's pairs: for each pair the slots of the series that have it.
///
/// ```
/// no slot    nothing
/// one slot   itself, in place of an address
/// more       a run with as much room as the next power of two: slots ascending, then the tail, ascending too
/// ```
///
/// New series mostly have higher slots than all others, and are appended. Slots that are used again
/// lie anywhere, and to make room for one in a list of a million would move megabytes: long lists
/// take them in a tail of a 256th of their length, which is merged when it is full. So a slot costs
/// some hundred moves at most, whatever the length.
///
/// Guarded by the index that owns it.
@HotPath
final class Postings {
  /// Shorter lists have no tail.
  static final int MIN_TAILED_LENGTH = 4096;

  private static final int TAIL_SHIFT = 8;

  private final IntSlabs lists = new IntSlabs();
  private int[] addresses = new int[64];
  private int[] lengths = new int[64];
  private int[] tails = new int[64];

  /// Makes room for pairs with ids below `room`.
  void ensure(int room) {
    addresses = Arrays.copyOf(addresses, room);
    lengths = Arrays.copyOf(lengths, room);
    tails = Arrays.copyOf(tails, room);
  }

  int length(int pair) {
    return lengths[pair];
  }

  /// Copies the slots of a pair, ascending.
  ///
  /// @return the index behind the copy
  int copy(int pair, int[] target, int from) {
    int length = lengths[pair];
    if (length == 1) {
      target[from] = addresses[pair];
    } else if (length > 1) {
      int[] list = lists.array(addresses[pair]);
      int start = IntSlabs.index(addresses[pair]);
      int tailStart = start + length - tails[pair];
      int read = start;
      int write = from;
      for (int i = tailStart; i < start + length; i++) {
        int place = placeOf(list[i], list, read, tailStart);
        System.arraycopy(list, read, target, write, place - read);
        write += place - read;
        target[write++] = list[i];
        read = place;
      }
      System.arraycopy(list, read, target, write, tailStart - read);
    }
    return from + length;
  }

  /// Adds a slot that the pair does not have yet.
  void add(int pair, int slot) {
    int length = lengths[pair]++;
    if (length == 0) {
      addresses[pair] = slot;
      return;
    }
    if (length == 1) {
      int first = addresses[pair];
      addresses[pair] = lists.allocate(2);
      lists.array(addresses[pair])[IntSlabs.index(addresses[pair])] = first;
    } else if (Integer.bitCount(length) == 1) {
      int larger = lists.allocate(length * 2);
      move(addresses[pair], larger, length);
      lists.free(addresses[pair], length);
      addresses[pair] = larger;
    }
    int[] list = lists.array(addresses[pair]);
    int start = IntSlabs.index(addresses[pair]);
    int end = start + length;
    if (tails[pair] == 0 && list[end - 1] < slot) {
      list[end] = slot;
    } else if (length < MIN_TAILED_LENGTH) {
      insert(list, start, end, slot);
    } else {
      insert(list, end - tails[pair], end, slot);
      if (++tails[pair] > length >> TAIL_SHIFT) {
        mergeTail(pair);
      }
    }
  }

  /// Removes from a pair all slots that are in a sorted array.
  void remove(int pair, int[] sortedSlots) {
    int length = lengths[pair];
    if (length <= 1) {
      if (length == 1 && Arrays.binarySearch(sortedSlots, addresses[pair]) >= 0) {
        lengths[pair] = 0;
      }
      return;
    }
    mergeTail(pair);
    int[] list = lists.array(addresses[pair]);
    int start = IntSlabs.index(addresses[pair]);
    int kept = 0;
    int removed = 0;
    for (int i = 0; i < length; i++) {
      int slot = list[start + i];
      while (removed < sortedSlots.length && sortedSlots[removed] < slot) {
        removed++;
      }
      if (removed == sortedSlots.length || sortedSlots[removed] != slot) {
        list[start + kept++] = slot;
      }
    }
    shrink(pair, length, kept);
  }

  long allocatedBytes() {
    return lists.allocatedBytes() + 3L * Integer.BYTES * lengths.length;
  }

  private void mergeTail(int pair) {
    int[] list = lists.array(addresses[pair]);
    int start = IntSlabs.index(addresses[pair]);
    int end = start + lengths[pair];
    int[] tail = Arrays.copyOfRange(list, end - tails[pair], end);
    tails[pair] = 0;
    end -= tail.length;
    for (int i = tail.length - 1; i >= 0; i--) {
      int place = placeOf(tail[i], list, start, end);
      System.arraycopy(list, place, list, place + i + 1, end - place);
      list[place + i] = tail[i];
      end = place;
    }
  }

  private void shrink(int pair, int length, int kept) {
    lengths[pair] = kept;
    int address = addresses[pair];
    int room = roomOf(length);
    if (kept <= 1) {
      if (kept == 1) {
        addresses[pair] = lists.array(address)[IntSlabs.index(address)];
      }
      lists.free(address, room);
      return;
    }
    int keptRoom = roomOf(kept);
    if (keptRoom != room) {
      addresses[pair] = lists.allocate(keptRoom);
      move(address, addresses[pair], kept);
      lists.free(address, room);
    }
  }

  private void move(int from, int to, int length) {
    System.arraycopy(
        lists.array(from), IntSlabs.index(from), lists.array(to), IntSlabs.index(to), length);
  }

  private static int roomOf(int length) {
    return Integer.highestOneBit(length - 1) << 1;
  }

  private static void insert(int[] list, int start, int end, int slot) {
    int place = placeOf(slot, list, start, end);
    System.arraycopy(list, place, list, place + 1, end - place);
    list[place] = slot;
  }

  private static int placeOf(int slot, int[] list, int start, int end) {
    int found = Arrays.binarySearch(list, start, end, slot);
    if (found >= 0) {
      throw new AssertionError("BUG: slot " + slot + " is in the postings twice");
    }
    return -found - 1;
  }
}
