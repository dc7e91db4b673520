package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.NativeHistogram;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Reads the samples of a series into a column.
@HotPath
final class SampleReading {
  private static final long COPY_BYTES_PER_SAMPLE = 32;

  private SampleReading() {}

  /// Appends the runs that can hold samples that a selection looks at, and leaves out those between
  /// its steps where it can; runs may reach over what is needed.
  static void readAll(SampleCursor cursor, Selection selection, SampleColumn into) {
    cursor.skipTo(selection.startMs());
    while (cursor.nextRun(into)) {
      int size = into.size();
      if (size == 0) {
        continue;
      }
      long lastMs = into.timestampsMs()[size - 1];
      if (lastMs >= selection.endMs()) {
        return;
      }
      long neededMs = selection.neededAfter(lastMs);
      if (neededMs > lastMs + 1) {
        cursor.skipTo(neededMs);
      }
    }
  }

  /// Leaves only samples between two times, both inclusive, that are no staleness markers.
  ///
  /// @param memory where room for a copy is reserved meanwhile
  static void trim(SampleColumn column, long startMs, long endMs, Reservation memory) {
    int first = 0;
    while (first < column.size() && column.timestampsMs()[first] < startMs) {
      first++;
    }
    column.dropFirst(first);
    int size = column.size();
    while (size > 0 && column.timestampsMs()[size - 1] > endMs) {
      size--;
    }
    column.setSize(size);
    for (int i = 0; i < size; i++) {
      if (isStale(column, i)) {
        memory.reserve(COPY_BYTES_PER_SAMPLE * size);
        copyWithoutStale(column);
        memory.release(COPY_BYTES_PER_SAMPLE * size);
        return;
      }
    }
  }

  private static void copyWithoutStale(SampleColumn column) {
    int size = column.size();
    long[] times = Arrays.copyOf(column.timestampsMs(), size);
    double[] values = Arrays.copyOf(column.values(), size);
    @Nullable NativeHistogram[] histograms = new NativeHistogram[size];
    boolean[] isStale = new boolean[size];
    for (int i = 0; i < size; i++) {
      histograms[i] = column.histogram(i);
      isStale[i] = isStale(column, i);
    }
    column.clear();
    for (int i = 0; i < size; i++) {
      NativeHistogram histogram = histograms[i];
      if (isStale[i]) {
        continue;
      }
      if (histogram == null) {
        column.add(times[i], values[i]);
      } else {
        column.add(times[i], histogram);
      }
    }
  }

  private static boolean isStale(SampleColumn column, int index) {
    NativeHistogram histogram = column.histogram(index);
    return StaleMarker.is(histogram == null ? column.values()[index] : histogram.sum());
  }
}
