package io.pallium.promql.exec;

import io.pallium.model.Labels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The labels of the series of which some value is kept, by a number that is used again when none
/// is kept any more. Confined to one thread.
final class KeptSeries {
  private static final int BYTES_PER_SERIES = 160;

  private final Reservation memory;
  private final List<Labels> labels = new ArrayList<>();
  private int[] uses = new int[16];
  private long[] arrivals = new long[16];
  private int[] free = new int[16];
  private int freeCount;
  private long arrived;

  KeptSeries(Reservation memory) {
    this.memory = memory;
  }

  /// Keeps a series that has no use yet; gives its number.
  int add(Labels seriesLabels) {
    memory.reserve(BYTES_PER_SERIES + seriesLabels.bytes().length);
    int number;
    if (freeCount > 0) {
      number = free[--freeCount];
      labels.set(number, seriesLabels);
    } else {
      number = labels.size();
      labels.add(seriesLabels);
      if (number == uses.length) {
        uses = Arrays.copyOf(uses, number * 2);
        arrivals = Arrays.copyOf(arrivals, number * 2);
      }
    }
    arrivals[number] = arrived++;
    return number;
  }

  void use(int number) {
    uses[number]++;
  }

  /// Forgets a use, and the series with the last one.
  void drop(int number) {
    if (--uses[number] > 0) {
      return;
    }
    memory.release(BYTES_PER_SERIES + labels.get(number).bytes().length);
    labels.set(number, Labels.EMPTY);
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, freeCount * 2);
    }
    free[freeCount++] = number;
  }

  Labels labels(int number) {
    return labels.get(number);
  }

  /// The numbers in use, in the order in which the series came.
  int[] inOrder() {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < labels.size(); i++) {
      if (uses[i] > 0) {
        numbers.add(i);
      }
    }
    numbers.sort((a, b) -> Long.compare(arrivals[a], arrivals[b]));
    return numbers.stream().mapToInt(Integer::intValue).toArray();
  }

  /// One more than the largest number.
  int size() {
    return labels.size();
  }
}
