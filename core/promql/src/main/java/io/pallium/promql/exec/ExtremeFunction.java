package io.pallium.promql.exec;

import io.pallium.base.HotPath;

/// `min_over_time` and `max_over_time`: O(1) per step and sample, amortised, however long the range
/// is. Of equal values the first counts, so that the sign of a zero is that of Prometheus; NaN only
/// if there is nothing else, and then the last one.
///
/// Keeps the places of the samples that can still become the extreme of a range, in order of time:
/// none of them is worse than one after it, so the first is the extreme. A new sample drives out
/// those before it that are worse.
@HotPath
final class ExtremeFunction implements WindowFunction {
  private static final int FIRST_ROOM = 64;

  private final boolean isMax;
  private final Reservation memory;

  /// A ring of places in the columns of the window; its length is a power of two.
  private int[] places = new int[FIRST_ROOM];

  private int first;
  private int count;

  /// The place of the first sample that has not been looked at.
  private int next;

  /// @param memory where room for more than a few places is reserved; used by the thread that
  ///   computes
  ExtremeFunction(boolean isMax, Reservation memory) {
    this.isMax = isMax;
    this.memory = memory;
  }

  @Override
  public void start(Window window) {
    count = 0;
    next = 0;
  }

  @Override
  public void apply(Window window, int step, StepColumn out) {
    if (window.floats() == 0) {
      return;
    }
    if (window.histograms() > 0) {
      window.informIgnored();
    }
    double[] values = window.values;
    while (count > 0 && places[first] < window.from) {
      first = first + 1 & places.length - 1;
      count--;
    }
    for (int place = Math.max(next, window.from); place < window.to; place++) {
      add(values, place);
    }
    next = window.to;
    out.set(step, values[count > 0 ? places[first] : window.to - 1]);
  }

  private void add(double[] values, int place) {
    double value = values[place];
    if (Double.isNaN(value)) {
      return;
    }
    int mask = places.length - 1;
    while (count > 0 && isWorse(values[places[first + count - 1 & mask]], value)) {
      count--;
    }
    if (count == places.length) {
      grow();
      mask = places.length - 1;
    }
    places[first + count & mask] = place;
    count++;
  }

  private boolean isWorse(double before, double value) {
    return isMax ? before < value : before > value;
  }

  private void grow() {
    memory.reserve(2L * places.length * Integer.BYTES);
    int[] larger = new int[places.length * 2];
    int untilEnd = places.length - first;
    System.arraycopy(places, first, larger, 0, untilEnd);
    System.arraycopy(places, 0, larger, untilEnd, first);
    places = larger;
    first = 0;
  }
}
