package io.pallium.promql.exec;

/// Pattern-defeating quicksort with the parameters of Go's `sort`. It is not stable: where equal
/// series end up is part of what `sort` answers in Prometheus, and with an order that contradicts
/// itself (as the natural one does) each algorithm gives another result.
///
/// Source: Peters, Pattern-defeating Quicksort, 2021 (arXiv 2106.05123).
final class PatternSort {
  private static final int MAX_INSERTION = 12;
  private static final int MIN_NINTHER = 50;
  private static final int MIN_SHIFTING = 50;
  private static final int MAX_SHIFTS = 5;
  private static final int ALL_SWAPPED = 12;

  /// Whether one element belongs before another.
  interface Order {
    boolean isBefore(int element, int other);
  }

  private final int[] elements;
  private final Order order;
  private int swaps;

  private PatternSort(int[] elements, Order order) {
    this.elements = elements;
    this.order = order;
  }

  /// Sorts in place.
  static void sort(int[] elements, Order order) {
    int length = elements.length;
    new PatternSort(elements, order).sort(0, length, 32 - Integer.numberOfLeadingZeros(length));
  }

  private void sort(int from, int to, int badChoices) {
    int a = from;
    int b = to;
    int limit = badChoices;
    boolean wasBalanced = true;
    boolean wasPartitioned = true;
    while (true) {
      int length = b - a;
      if (length <= MAX_INSERTION) {
        insertionSort(a, b);
        return;
      }
      if (limit == 0) {
        heapSort(a, b);
        return;
      }
      if (!wasBalanced) {
        breakPatterns(a, b);
        limit--;
      }
      int pivot = choosePivot(a, b);
      boolean isIncreasing = swaps == 0;
      if (swaps == ALL_SWAPPED) {
        reverse(a, b);
        pivot = b - 1 - (pivot - a);
        isIncreasing = true;
      }
      if (wasBalanced && wasPartitioned && isIncreasing && isAlmostSorted(a, b)) {
        return;
      }
      if (a > 0 && !isBefore(a - 1, pivot)) {
        a = partitionEqual(a, b, pivot);
        continue;
      }
      swap(a, pivot);
      int first = a + 1;
      int last = b - 1;
      first = skipBefore(first, last, a);
      last = skipNotBefore(first, last, a);
      wasPartitioned = first > last;
      int middle = wasPartitioned ? last : partition(a, first, last);
      swap(middle, a);
      int left = middle - a;
      int right = b - middle;
      wasBalanced = Math.min(left, right) >= length / 8;
      if (left < right) {
        sort(a, middle, limit);
        a = middle + 1;
      } else {
        sort(middle + 1, b, limit);
        b = middle;
      }
    }
  }

  /// Goes on with a partition whose ends are out of place; gives the place of the pivot at `a`.
  private int partition(int a, int from, int to) {
    int first = from;
    int last = to;
    while (first <= last) {
      swap(first, last);
      first = skipBefore(first + 1, last - 1, a);
      last = skipNotBefore(first, last - 1, a);
    }
    return last;
  }

  private int skipBefore(int from, int last, int pivot) {
    int i = from;
    while (i <= last && isBefore(i, pivot)) {
      i++;
    }
    return i;
  }

  private int skipNotBefore(int first, int from, int pivot) {
    int i = from;
    while (first <= i && !isBefore(i, pivot)) {
      i--;
    }
    return i;
  }

  /// Puts what equals the pivot first, where nothing is before it; gives the end of that.
  private int partitionEqual(int a, int b, int pivot) {
    swap(a, pivot);
    int first = a + 1;
    int last = b - 1;
    while (true) {
      while (first <= last && !isBefore(a, first)) {
        first++;
      }
      while (first <= last && isBefore(a, last)) {
        last--;
      }
      if (first > last) {
        return first;
      }
      swap(first++, last--);
    }
  }

  private void insertionSort(int a, int b) {
    for (int i = a + 1; i < b; i++) {
      for (int j = i; j > a && isBefore(j, j - 1); j--) {
        swap(j, j - 1);
      }
    }
  }

  /// Mends a few places; whether all is sorted after that.
  private boolean isAlmostSorted(int a, int b) {
    int i = a + 1;
    for (int shift = 0; shift < MAX_SHIFTS; shift++) {
      while (i < b && !isBefore(i, i - 1)) {
        i++;
      }
      if (i == b) {
        return true;
      }
      if (b - a < MIN_SHIFTING) {
        return false;
      }
      swap(i, i - 1);
      if (i - a >= 2) {
        for (int j = i - 1; j >= 1 && isBefore(j, j - 1); j--) {
          swap(j, j - 1);
        }
      }
      if (b - i >= 2) {
        for (int j = i + 1; j < b && isBefore(j, j - 1); j++) {
          swap(j, j - 1);
        }
      }
    }
    return false;
  }

  /// Moves three elements about, so that a bad pattern does not come back.
  private void breakPatterns(int a, int b) {
    int length = b - a;
    long random = length;
    int mask = (1 << 32 - Integer.numberOfLeadingZeros(length)) - 1;
    int middle = a + length / 4 * 2 - 1;
    for (int i = 0; i < 3; i++) {
      random ^= random << 13;
      random ^= random >>> 7;
      random ^= random << 17;
      int other = (int) random & mask;
      swap(middle - 1 + i, a + (other >= length ? other - length : other));
    }
  }

  /// The median of three, or of three such medians; counts the swaps that it took.
  private int choosePivot(int a, int b) {
    swaps = 0;
    int quarter = (b - a) / 4;
    int i = a + quarter;
    int j = a + quarter * 2;
    int k = a + quarter * 3;
    if (b - a >= MIN_NINTHER) {
      i = median(i - 1, i, i + 1);
      j = median(j - 1, j, j + 1);
      k = median(k - 1, k, k + 1);
    }
    return median(i, j, k);
  }

  private int median(int a, int b, int c) {
    int low = a;
    int middle = b;
    if (isBefore(middle, low)) {
      swaps++;
      low = b;
      middle = a;
    }
    if (isBefore(c, middle)) {
      swaps++;
      middle = c;
    }
    if (isBefore(middle, low)) {
      swaps++;
      middle = low;
    }
    return middle;
  }

  private void reverse(int a, int b) {
    for (int i = a, j = b - 1; i < j; i++, j--) {
      swap(i, j);
    }
  }

  private void heapSort(int a, int b) {
    int size = b - a;
    for (int i = (size - 1) / 2; i >= 0; i--) {
      siftDown(i, size, a);
    }
    for (int i = size - 1; i >= 0; i--) {
      swap(a, a + i);
      siftDown(0, i, a);
    }
  }

  private void siftDown(int from, int size, int offset) {
    int root = from;
    while (2 * root + 1 < size) {
      int child = 2 * root + 1;
      if (child + 1 < size && isBefore(offset + child, offset + child + 1)) {
        child++;
      }
      if (!isBefore(offset + root, offset + child)) {
        return;
      }
      swap(offset + root, offset + child);
      root = child;
    }
  }

  private boolean isBefore(int i, int j) {
    return order.isBefore(elements[i], elements[j]);
  }

  private void swap(int i, int j) {
    int element = elements[i];
    elements[i] = elements[j];
    elements[j] = element;
  }
}
