package io.pallium.promql.script;

import io.pallium.base.BadRequestException;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.TenantId;
import io.pallium.promql.QueryEngine;
import io.pallium.promql.QueryOptions;
import io.pallium.promql.QueryResult;
import io.pallium.promql.ast.ValueType;
import io.pallium.promql.exec.ResultSeries;
import io.pallium.promql.script.ScriptCommand.LoadedSeries;
import io.pallium.storage.QueryControl;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The data of one unit test of rules, and what expressions give on it. Values are written as in
/// scripts. Confined to one thread.
public final class UnitTestStore {
  private static final double TOLERANCE = 1e-9;

  /// A series and its value at one time.
  public record Sample(Labels labels, SequenceValue value) {
    @Override
    public String toString() {
      return labels + " " + value;
    }

    /// Whether another sample is of the same series with the same value.
    ///
    /// @param isFuzzy whether values may differ by very little
    public boolean equals(Sample other, boolean isFuzzy) {
      NativeHistogram histogram = value.histogram();
      NativeHistogram otherHistogram = other.value.histogram();
      if (!labels.equals(other.labels) || (histogram == null) != (otherHistogram == null)) {
        return false;
      }
      if (histogram != null && otherHistogram != null) {
        return ResultCheck.isEqual(histogram, otherHistogram);
      }
      double a = value.value();
      double b = other.value.value();
      boolean isClose =
          isFuzzy && Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
      return a == b || isClose || Double.isNaN(a) && Double.isNaN(b);
    }
  }

  private final QueryEngine engine;
  private final ScriptStore store = new ScriptStore();
  private final Map<String, Set<Labels>> recorded = new HashMap<>();

  public UnitTestStore(QueryEngine engine) {
    this.engine = engine;
  }

  /// A duration such as `1m30s` in milliseconds.
  ///
  /// @throws BadRequestException if it is none
  public static long durationMs(String text) {
    return Numbers.durationMs(text);
  }

  /// A sample that is expected.
  ///
  /// @param series its labels, in the form of a selector
  /// @param value a number, or a histogram in double braces
  /// @throws BadRequestException if one of them is none
  public static Sample sample(String series, String value) {
    SeriesDescription described = SeriesNotation.parse(series + " " + value.strip());
    if (described.values().size() != 1) {
      throw new BadRequestException("one value is expected: " + value);
    }
    return new Sample(described.labels(), described.values().get(0));
  }

  /// Adds a series whose values begin at time 0.
  ///
  /// @throws BadRequestException if it is not in the notation
  public void load(long stepMs, String series, String values) {
    SeriesDescription described = SeriesNotation.parse(series + " " + values.strip());
    store.load(
        new ScriptCommand.Load(
            0,
            stepMs,
            false,
            Map.of(described.labels(), new LoadedSeries(described.values(), new long[0]))));
  }

  /// What an expression gives at a time.
  ///
  /// @throws io.pallium.base.PalliumException if it cannot be evaluated
  public List<Sample> evaluate(String query, long timeMs) {
    List<Sample> samples = new ArrayList<>();
    try (QueryResult result =
        engine.instant(
            store.data(),
            TenantId.ANONYMOUS,
            query,
            timeMs,
            QueryOptions.DEFAULT,
            QueryControl.unlimited())) {
      if (result.type() != ValueType.VECTOR && result.type() != ValueType.SCALAR) {
        throw new BadRequestException("neither a scalar nor an instant vector: " + query);
      }
      for (ResultSeries series : result.series()) {
        int index = series.next(0);
        NativeHistogram histogram = series.histogram(index);
        samples.add(
            new Sample(
                series.labels(),
                histogram == null
                    ? SequenceValue.of(series.value(index))
                    : SequenceValue.of(histogram, true)));
      }
    }
    return samples;
  }

  /// Evaluates a recording rule and stores what it gives; a series that it gave the time before and
  /// gives no more ends.
  ///
  /// @param rule what tells the rule from others
  /// @param name the metric that is recorded
  /// @param labels set on each series; an empty value removes the label
  /// @throws io.pallium.base.PalliumException if it cannot be evaluated
  public void record(
      String rule, String name, Map<String, String> labels, String query, long timeMs) {
    List<Sample> results = new ArrayList<>();
    for (Sample sample : evaluate(query, timeMs)) {
      Map<String, String> changed = new HashMap<>(sample.labels.toMap());
      changed.putAll(labels);
      changed.put(Labels.METRIC_NAME, name);
      results.add(new Sample(Labels.of(changed), sample.value));
    }
    write(rule, results, timeMs);
  }

  /// Stores what a rule gave at a time; a series that it gave the time before and gives no more
  /// ends.
  ///
  /// @param rule what tells the rule from others
  /// @throws BadRequestException if a series comes twice
  public void write(String rule, List<Sample> samples, long timeMs) {
    Set<Labels> now = new HashSet<>();
    for (Sample sample : samples) {
      if (!now.add(sample.labels)) {
        throw new BadRequestException("the rule gives " + sample.labels + " more than once");
      }
      store.add(sample.labels, timeMs, sample.value);
    }
    for (Labels before : recorded.getOrDefault(rule, Set.of())) {
      if (!now.contains(before)) {
        store.add(before, timeMs, SequenceValue.of(Numbers.STALE));
      }
    }
    recorded.put(rule, now);
  }
}
