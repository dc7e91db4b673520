package io.pallium.promql;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.model.Labels;
import io.pallium.model.TenantId;
import io.pallium.promql.exec.ResultSeries;
import io.pallium.storage.MemoryQueryable;
import io.pallium.storage.QueryControl;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/// `min_over_time` and `max_over_time` slide over a range; what they give is compared, bit by bit,
/// with a look at all samples of the range at each step.
class ExtremeOverTimePropertyTest {
  private static final long STALE_BITS = 0x7ff0000000000002L;
  private static final QueryEngine ENGINE =
      new QueryEngine(EngineConfig.defaults(), Features.DEFAULT, Runnable::run);

  /// @param gapMs the time since the sample before
  record Sample(long gapMs, double value) {}

  @Provide
  Arbitrary<List<Sample>> samples() {
    Arbitrary<Double> values =
        Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(
                6, Arbitraries.integers().between(-3, 3).map(value -> value / 2.0)),
            net.jqwik.api.Tuple.of(
                2,
                Arbitraries.of(
                    -0.0, 0.0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1e-320)),
            net.jqwik.api.Tuple.of(
                2,
                Arbitraries.of(
                    Double.NaN,
                    Double.longBitsToDouble(0x7ff8000000000123L),
                    Double.longBitsToDouble(STALE_BITS))));
    Arbitrary<Long> gaps = Arbitraries.of(1L, 100L, 1_000L, 1_000L, 1_000L, 9_000L, 50_000L);
    return Combinators.combine(gaps, values).as(Sample::new).list().ofMaxSize(300);
  }

  @Property(tries = 500)
  void slidesAsIfEachRangeWereLookedAtAlone(
      @ForAll("samples") List<Sample> samples,
      @ForAll("durations") long stepMs,
      @ForAll("durations") long rangeMs) {
    MemoryQueryable data = new MemoryQueryable();
    TreeMap<Long, Double> points = new TreeMap<>();
    long timeMs = 0;
    for (Sample sample : samples) {
      timeMs += sample.gapMs();
      data.add(Labels.of("__name__", "m"), timeMs, sample.value());
      points.put(timeMs, sample.value());
    }
    long endMs = Math.min(timeMs + rangeMs, 10_000 * stepMs);
    for (boolean isMax : new boolean[] {false, true}) {
      String query = (isMax ? "max" : "min") + "_over_time(m[" + rangeMs + "ms])";

      List<String> actual = new ArrayList<>();
      try (QueryResult result =
          ENGINE.range(
              data,
              TenantId.ANONYMOUS,
              query,
              0,
              endMs,
              stepMs,
              QueryOptions.DEFAULT,
              QueryControl.unlimited())) {
        for (ResultSeries series : result.series()) {
          for (int i = series.next(0); i >= 0; i = series.next(i + 1)) {
            actual.add(text(series.timestampMs(i), series.value(i)));
          }
        }
      }

      List<String> expected = new ArrayList<>();
      for (long t = 0; t <= endMs; t += stepMs) {
        Double extreme = extreme(points, t - rangeMs, t, isMax);
        if (extreme != null) {
          expected.add(text(t, extreme));
        }
      }
      assertThat(actual).isEqualTo(expected);
    }
  }

  @Provide
  Arbitrary<Long> durations() {
    return Arbitraries.of(100L, 999L, 1_000L, 2_500L, 10_000L, 60_000L, 600_000L);
  }

  /// Source: Prometheus's definition: a value replaces a worse one or a NaN before it.
  private static @Nullable Double extreme(
      TreeMap<Long, Double> points, long afterMs, long untilMs, boolean isMax) {
    Double extreme = null;
    Comparator<Double> better = isMax ? (a, b) -> a > b ? 1 : 0 : (a, b) -> a < b ? 1 : 0;
    for (double value : points.subMap(afterMs, false, untilMs, true).values()) {
      if (Double.doubleToRawLongBits(value) == STALE_BITS) {
        continue;
      }
      if (extreme == null || Double.isNaN(extreme) || better.compare(value, extreme) > 0) {
        extreme = value;
      }
    }
    return extreme;
  }

  private static String text(long timeMs, double value) {
    return timeMs + "=" + Long.toHexString(Double.doubleToRawLongBits(value));
  }
}
