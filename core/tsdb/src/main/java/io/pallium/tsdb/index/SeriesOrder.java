package io.pallium.tsdb.index;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.pallium.base.HotPath;
import io.pallium.tsdb.memory.PagedInts;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;

/// The label order of one tenant's series: a place per slot for those that were there when it was
/// last built, and a tail of newer ones without a place.
///
/// Sorting splits what it is given: series with a place are sorted by it, as numbers; the others by
/// their labels; the two runs are merged. The places are renewed, by sorting all series the same
/// way, when the tail has grown over a share of the whole; never while there are few series.
///
/// The index's read lock is held while labels are compared, its write lock only to write places.
@HotPath
final class SeriesOrder {
  private static final int MIN_TAIL = 1024;

  private final LabelIndex index;
  private final PagedInts places;
  private final ReentrantLock building = new ReentrantLock();

  // Series published since places were given out.
  @GuardedBy("index.lock()")
  private int tail;

  SeriesOrder(LabelIndex index, PagedInts places) {
    this.index = index;
    this.places = places;
  }

  /// One more series was published. Under the index's write lock.
  void added() {
    tail++;
  }

  /// Sorts series by label, in place.
  void sort(int[] slots) {
    if (slots.length > MIN_TAIL / 4) {
      renewIfDue();
    }
    index.lock().readLock().lock();
    try {
      sortHeld(slots);
    } finally {
      index.lock().readLock().unlock();
    }
  }

  private boolean isDue() {
    return tail > Math.max(MIN_TAIL, index.publishedCount() / 8);
  }

  private void renewIfDue() {
    index.lock().readLock().lock();
    try {
      if (!isDue()) {
        return;
      }
    } finally {
      index.lock().readLock().unlock();
    }
    building.lock();
    try {
      renew();
    } finally {
      building.unlock();
    }
  }

  private void renew() {
    int[] slots;
    long removals;
    int oldTail;
    index.lock().readLock().lock();
    try {
      if (!isDue()) {
        return;
      }
      slots = index.published();
      sortHeld(slots);
      removals = index.removals();
      oldTail = tail;
    } finally {
      index.lock().readLock().unlock();
    }
    index.lock().writeLock().lock();
    try {
      if (index.removals() != removals) {
        // Some of the slots can mean another series by now: the next one to sort tries again.
        return;
      }
      for (int i = 0; i < slots.length; i++) {
        places.set(slots[i], i + 1);
      }
      tail -= oldTail;
    } finally {
      index.lock().writeLock().unlock();
    }
  }

  private void sortHeld(int[] slots) {
    int placed = 0;
    long[] byPlace = new long[slots.length];
    int[] others = new int[slots.length];
    int otherCount = 0;
    for (int slot : slots) {
      int place = places.get(slot);
      if (place != 0) {
        byPlace[placed++] = (long) place << 32 | slot;
      } else {
        others[otherCount++] = slot;
      }
    }
    Arrays.sort(byPlace, 0, placed);
    mergeSort(others, otherCount);
    int at = 0;
    int from = 0;
    for (int i = 0; i < otherCount; i++) {
      int end = firstAfter(byPlace, from, placed, others[i]);
      while (from < end) {
        slots[at++] = (int) byPlace[from++];
      }
      slots[at++] = others[i];
    }
    while (from < placed) {
      slots[at++] = (int) byPlace[from++];
    }
  }

  /// The first element from `from` on that comes after a series: by steps that double, then halves.
  private int firstAfter(long[] byPlace, int from, int end, int slot) {
    int low = from;
    int step = 1;
    while (low + step <= end && index.compare((int) byPlace[low + step - 1], slot) < 0) {
      low += step;
      step <<= 1;
    }
    int high = Math.min(end, low + step - 1);
    while (low < high) {
      int middle = low + high >>> 1;
      if (index.compare((int) byPlace[middle], slot) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private void mergeSort(int[] slots, int length) {
    int[] from = slots;
    int[] to = new int[length];
    for (int width = 1; width < length; width <<= 1) {
      for (int start = 0; start < length; start += 2 * width) {
        merge(
            from, to, start, Math.min(start + width, length), Math.min(start + 2 * width, length));
      }
      int[] swap = from;
      from = to;
      to = swap;
    }
    if (from != slots) {
      System.arraycopy(from, 0, slots, 0, length);
    }
  }

  private void merge(int[] from, int[] to, int start, int middle, int end) {
    int left = start;
    int right = middle;
    for (int at = start; at < end; at++) {
      boolean takesLeft =
          left < middle && (right == end || index.compare(from[left], from[right]) <= 0);
      to[at] = takesLeft ? from[left++] : from[right++];
    }
  }
}
