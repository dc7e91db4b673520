package io.pallium.promql.script;

import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import io.pallium.promql.script.ScriptCommand.Load;
import io.pallium.promql.script.ScriptCommand.LoadedSeries;
import io.pallium.storage.MemoryQueryable;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/// The data of a script. Samples are to be added in the order of their times.
///
/// Histograms come back with the reset hints that a store of chunks gives them, since queries show
/// them: a chunk ends where counters are reset or layouts do not fit, nothing is known about its
/// first histogram, and all others continue the one before.
final class ScriptStore {
  private final MemoryQueryable data = new MemoryQueryable();
  private final Map<Labels, NativeHistogram> last = new HashMap<>();

  MemoryQueryable data() {
    return data;
  }

  /// Adds the series of a `load`.
  ///
  /// @throws io.pallium.base.BadRequestException if classic histograms do not fit together
  void load(Load load) {
    ClassicHistograms classic = new ClassicHistograms();
    load.series().forEach((labels, series) -> load(labels, series, load.stepMs(), classic));
    if (load.hasCustomHistograms()) {
      classic.addTo(this);
    }
  }

  private void load(Labels labels, LoadedSeries series, long stepMs, ClassicHistograms classic) {
    long[] starts = series.startOffsetsMs();
    for (int i = 0; i < series.values().size(); i++) {
      SequenceValue value = series.values().get(i);
      long timeMs = i * stepMs;
      if (value.isOmitted()) {
        continue;
      }
      long startMs =
          starts.length == 0 || starts[i] == StartTimeNotation.NONE ? 0 : timeMs + starts[i];
      NativeHistogram histogram = value.histogram();
      if (histogram != null) {
        add(labels, timeMs, histogram, startMs);
      } else {
        add(labels, timeMs, value.value(), startMs);
        classic.add(labels, timeMs, value.value());
      }
    }
  }

  private void add(Labels labels, long timestampMs, double value, long startMs) {
    last.remove(labels);
    data.add(labels, timestampMs, value, startMs);
  }

  void add(Labels labels, long timestampMs, SequenceValue value) {
    NativeHistogram histogram = value.histogram();
    if (histogram != null) {
      add(labels, timestampMs, histogram);
    } else {
      add(labels, timestampMs, value.value(), 0);
    }
  }

  void add(Labels labels, long timestampMs, NativeHistogram histogram) {
    add(labels, timestampMs, histogram, 0);
  }

  private void add(Labels labels, long timestampMs, NativeHistogram histogram, long startMs) {
    NativeHistogram before = last.put(labels, histogram);
    data.add(labels, timestampMs, histogram.withResetHint(hint(before, histogram)), startMs);
  }

  private static ResetHint hint(@Nullable NativeHistogram before, NativeHistogram histogram) {
    if (histogram.resetHint() == ResetHint.GAUGE) {
      return ResetHint.GAUGE;
    }
    return before != null && continues(before, histogram) ? ResetHint.NO : ResetHint.UNKNOWN;
  }

  private static boolean continues(NativeHistogram before, NativeHistogram histogram) {
    if (before.resetHint() == ResetHint.GAUGE || histogram.resetHint() == ResetHint.YES) {
      return false;
    }
    if (histogram.isStale()) {
      return true;
    }
    return !before.isStale()
        && histogram.count() >= before.count()
        && histogram.schema() == before.schema()
        && histogram.zeroThreshold() == before.zeroThreshold()
        && java.util.Arrays.equals(histogram.customBounds(), before.customBounds())
        && histogram.zeroCount() >= before.zeroCount()
        && hasAll(BucketMap.positive(before), BucketMap.positive(histogram))
        && hasAll(BucketMap.negative(before), BucketMap.negative(histogram));
  }

  private static boolean hasAll(
      NavigableMap<Integer, Double> before, NavigableMap<Integer, Double> now) {
    return before.entrySet().stream()
        .allMatch(bucket -> now.getOrDefault(bucket.getKey(), 0.0) >= bucket.getValue());
  }
}
