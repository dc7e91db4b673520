package io.pallium.promql.exec;

import io.pallium.base.QueryFailedException;
import io.pallium.storage.SampleColumn;
import java.util.Arrays;

/// The samples of an anchored or smoothed range as a result: those inside, and one at each edge.
final class ExtendedSamples {
  private static final long COPY_BYTES_PER_SAMPLE = 16;

  private ExtendedSamples() {}

  /// Turns the samples of a window into those of its range.
  ///
  /// @param column floats of the window, no staleness markers
  /// @param memory where room for a copy is reserved meanwhile
  static void apply(
      ExtendedWindow extended, SampleColumn column, long startMs, long endMs, Reservation memory) {
    int size = column.size();
    for (int i = 0; i < size; i++) {
      if (column.histogram(i) != null) {
        throw new QueryFailedException(
            extended.edges().keyword() + " modifier is not supported with histograms");
      }
    }
    if (size == 0) {
      return;
    }
    memory.reserve(COPY_BYTES_PER_SAMPLE * size);
    replace(extended, column, startMs, endMs);
    memory.release(COPY_BYTES_PER_SAMPLE * size);
  }

  private static void replace(
      ExtendedWindow extended, SampleColumn column, long startMs, long endMs) {
    int size = column.size();
    long[] times = Arrays.copyOf(column.timestampsMs(), size);
    double[] values = Arrays.copyOf(column.values(), size);
    int first = ExtendedWindow.first(times, 0, size, startMs);
    int last = extended.last(times, 0, size, endMs);
    column.clear();
    if (times[last] <= startMs) {
      return;
    }
    boolean isLeftBetween = extended.isSmoothed() && times[first] < startMs;
    boolean isRightBetween = extended.isSmoothed() && last > 0 && times[last] > endMs;
    column.add(startMs, isLeftBetween ? between(times, values, first, startMs) : values[first]);
    int from = times[first] <= startMs ? first + 1 : first;
    int to = times[last] >= endMs ? last - 1 : last;
    for (int i = from; i <= to; i++) {
      column.add(times[i], values[i]);
    }
    column.add(endMs, isRightBetween ? between(times, values, last - 1, endMs) : values[last]);
  }

  private static double between(long[] times, double[] values, int index, long atMs) {
    return ExtendedWindow.interpolate(
        times[index], values[index], times[index + 1], values[index + 1], atMs, false);
  }
}
