package io.pallium.tsdb.head;

import io.pallium.model.FloatHistogram;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The histogram samples of one stripe's series, in order of time. Few series have any, so they are
/// kept as they came, beside the rows, but for the hint about counter resets: a histogram that goes
/// on from the one before says so, as it will when it comes out of a chunk. Guarded by the stripe's
/// lock.
final class HistogramTable {
  private final Map<Integer, Column> columns = new HashMap<>();

  /// Adds a sample, later than all of its series.
  ///
  /// @param isAfterHistogram whether the sample before is a histogram
  void add(int slot, long timestampMs, NativeHistogram histogram, boolean isAfterHistogram) {
    Column column = columns.computeIfAbsent(slot, _ -> new Column());
    NativeHistogram before =
        isAfterHistogram && column.size > 0 ? column.histograms[column.size - 1] : null;
    boolean continues = before != null && continues(before, histogram);
    column.add(timestampMs, continues ? histogram.withResetHint(ResetHint.NO) : histogram);
  }

  private static boolean continues(NativeHistogram before, NativeHistogram histogram) {
    return histogram.resetHint() == ResetHint.UNKNOWN
        && before.resetHint() != ResetHint.GAUGE
        && !before.isStale()
        && !histogram.isStale()
        && before.isFloat() == histogram.isFloat()
        && before.schema() == histogram.schema()
        && before.zeroThreshold() == histogram.zeroThreshold()
        && Arrays.equals(before.customBounds(), histogram.customBounds())
        && !FloatHistogram.of(histogram).isResetSince(FloatHistogram.of(before));
  }

  /// Whether a series has exactly this sample.
  boolean has(int slot, long timestampMs, NativeHistogram histogram) {
    Column column = columns.get(slot);
    if (column == null) {
      return false;
    }
    int at = Arrays.binarySearch(column.timestampsMs, 0, column.size, timestampMs);
    NativeHistogram known = at >= 0 ? column.histograms[at] : null;
    return known != null && histogram.withResetHint(known.resetHint()).equals(known);
  }

  /// Copies the samples in `[minTimeMs, maxTimeMs]`.
  void capture(int slot, long minTimeMs, long maxTimeMs, CapturedSeries target) {
    if (columns.isEmpty()) {
      return;
    }
    Column column = columns.get(slot);
    if (column == null) {
      return;
    }
    int from = column.firstFrom(minTimeMs);
    int to = maxTimeMs == Long.MAX_VALUE ? column.size : column.firstFrom(maxTimeMs + 1);
    if (from < to) {
      target.setHistograms(column.timestampsMs, column.histograms, from, to);
    }
  }

  /// The time of a series' oldest sample; Long.MAX_VALUE if there is none.
  long firstTimeMs(int slot) {
    Column column = columns.isEmpty() ? null : columns.get(slot);
    return column == null ? Long.MAX_VALUE : column.timestampsMs[0];
  }

  /// Drops the samples before a time.
  void drop(int slot, long endMs) {
    if (columns.isEmpty()) {
      return;
    }
    Column column = columns.get(slot);
    if (column == null) {
      return;
    }
    int from = column.firstFrom(endMs);
    if (from == column.size) {
      columns.remove(slot);
    } else if (from > 0) {
      column.dropFirst(from);
    }
  }

  private static final class Column {
    long[] timestampsMs = new long[4];
    @Nullable NativeHistogram[] histograms = new NativeHistogram[4];
    int size;

    void add(long timestampMs, NativeHistogram histogram) {
      if (size == timestampsMs.length) {
        timestampsMs = Arrays.copyOf(timestampsMs, size * 2);
        histograms = Arrays.copyOf(histograms, size * 2);
      }
      timestampsMs[size] = timestampMs;
      histograms[size++] = histogram;
    }

    int firstFrom(long timeMs) {
      int at = Arrays.binarySearch(timestampsMs, 0, size, timeMs);
      return at >= 0 ? at : -at - 1;
    }

    void dropFirst(int count) {
      timestampsMs = Arrays.copyOfRange(timestampsMs, count, size);
      histograms = Arrays.copyOfRange(histograms, count, size);
      size -= count;
    }
  }
}
