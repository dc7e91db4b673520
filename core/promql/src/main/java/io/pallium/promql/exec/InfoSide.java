package io.pallium.promql.exec;

import io.pallium.base.QueryFailedException;
import io.pallium.model.Labels;
import io.pallium.storage.QueryControl;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The info series of a query, held in memory: which of them describe a series with given
/// identifying labels, by metric name. Their values are the times of their samples. Confined to one
/// thread.
final class InfoSide implements AutoCloseable {
  private static final List<String> IDENTIFYING = List.of("instance", "job");
  private static final int BYTES_PER_SERIES = 240;
  private static final int[] NONE = {};

  /// Info series of one metric with the same identifying labels.
  ///
  /// @param only the series, if there is one; else -1
  /// @param newest if there are several, which has the newest sample at each step; -1 if none has
  ///   any
  record Candidates(int only, int[] newest) {}

  private final SeriesOperator child;
  private final Reservation memory;
  private final SeriesTable table;
  private final int stepCount;
  private final LabelProjection identity = LabelProjection.keeping(IDENTIFYING);
  private final LabelProjection key =
      LabelProjection.keeping(List.of(Labels.METRIC_NAME, "instance", "job"));
  private final Map<Labels, List<Candidates>> byIdentity = new HashMap<>();
  private final List<Set<String>> described = List.of(new HashSet<>(), new HashSet<>());

  /// Series of one metric with the same identifying labels, where there are several.
  private final List<int[]> rivals = new ArrayList<>();

  InfoSide(SeriesOperator child, Reservation memory, int stepCount) {
    this.child = child;
    this.memory = memory;
    this.stepCount = stepCount;
    this.table = new SeriesTable(memory, stepCount);
  }

  /// Reads all series; called once, before anything else.
  void read() {
    table.drain(child);
    memory.reserve((long) BYTES_PER_SERIES * table.size());
  }

  /// Whether a series lacks an identifying label, so that it depends on all described series
  /// whether it counts.
  boolean hasIncomplete() {
    for (int i = 0; i < table.size(); i++) {
      for (String name : IDENTIFYING) {
        if (table.labels(i).get(name) == null) {
          return true;
        }
      }
    }
    return false;
  }

  /// Notes a series that is going to be described.
  void addDescribed(Labels labels) {
    for (int i = 0; i < IDENTIFYING.size(); i++) {
      String value = labels.get(IDENTIFYING.get(i));
      if (value != null && described.get(i).add(value)) {
        memory.reserve(112L + 2L * value.length());
      }
    }
  }

  /// Orders the series by what they describe.
  ///
  /// @param isFinal whether all described series are noted, so that others can be left out
  void arrange(boolean isFinal) {
    Map<Labels, Integer> ordinals = new HashMap<>();
    List<Labels> keys = new ArrayList<>();
    int[] keyOf = new int[table.size()];
    int[] counts = new int[table.size()];
    for (int i = 0; i < keyOf.length; i++) {
      if (isFinal && !isSelected(i)) {
        keyOf[i] = -1;
        continue;
      }
      Labels name = key.apply(table.labels(i));
      Integer known = ordinals.putIfAbsent(name, keys.size());
      keyOf[i] = known == null ? keys.size() : known;
      if (known == null) {
        keys.add(name);
      }
      counts[keyOf[i]]++;
    }
    List<int[]> byKey = new ArrayList<>(keys.size());
    for (int i = 0; i < keys.size(); i++) {
      byKey.add(new int[counts[i]]);
    }
    Arrays.fill(counts, 0);
    for (int i = 0; i < keyOf.length; i++) {
      if (keyOf[i] >= 0) {
        byKey.get(keyOf[i])[counts[keyOf[i]]++] = i;
      }
    }
    for (int i = 0; i < keys.size(); i++) {
      int[] series = byKey.get(i);
      byIdentity
          .computeIfAbsent(identity.apply(keys.get(i)), _ -> new ArrayList<>())
          .add(
              series.length == 1
                  ? new Candidates(series[0], NONE)
                  : new Candidates(-1, newest(series)));
      if (series.length > 1) {
        rivals.add(series);
      }
    }
  }

  /// The info series that describe a series, by metric.
  List<Candidates> of(Labels labels) {
    return byIdentity.getOrDefault(identity.apply(labels), List.of());
  }

  /// The candidate with the newest sample at a step; -1 if none has any.
  int newest(Candidates candidates, int step) {
    if (candidates.only < 0) {
      return candidates.newest[step];
    }
    return table.column(candidates.only).isPresent(step) ? candidates.only : -1;
  }

  private int[] newest(int[] candidates) {
    int[] newest = memory.ints(stepCount);
    Arrays.fill(newest, -1);
    for (int series : candidates) {
      StepColumn column = table.column(series);
      for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
        if (newest[i] < 0 || column.value(i) > table.column(newest[i]).value(i)) {
          newest[i] = series;
        }
      }
    }
    return newest;
  }

  Labels labels(int series) {
    return table.labels(series);
  }

  /// Whether Prometheus would have selected a series: by its identifying labels among all values
  /// that described series have.
  private boolean isSelected(int series) {
    boolean isAny = false;
    for (int i = 0; i < IDENTIFYING.size(); i++) {
      Set<String> values = described.get(i);
      isAny |= !values.isEmpty();
      String value = table.labels(series).get(IDENTIFYING.get(i));
      if (!values.isEmpty() && (value == null || !values.contains(value))) {
        return false;
      }
    }
    return isAny;
  }

  /// Counts the samples of the series that describe what is asked for.
  void count(SampleCounts counts) {
    for (int i = 0; i < table.size(); i++) {
      if (isSelected(i)) {
        counts.add(table.column(i));
      }
    }
  }

  /// @throws QueryFailedException if a series that counts has histograms
  void failOnHistograms() {
    for (int i = 0; i < table.size(); i++) {
      StepColumn column = table.column(i);
      if (!column.hasHistograms() || !isSelected(i)) {
        continue;
      }
      for (int step = column.nextPresent(0); step >= 0; step = column.nextPresent(step + 1)) {
        if (column.histogram(step) != null) {
          throw new QueryFailedException(
              "this should be an info metric, with float samples: "
                  + LabelText.of(table.labels(i)));
        }
      }
    }
  }

  /// The failure of the first step at which two samples of the same time describe the same series;
  /// null if there is none.
  ///
  /// @param steps those that count
  JoinChecks.@Nullable Failure firstTie(long[] steps, int stepCount, QueryControl control) {
    List<int[]> selected = selectedRivals();
    for (int step = 0; step < stepCount && !selected.isEmpty(); step++) {
      if ((steps[step >>> 6] >>> step & 1) == 0) {
        continue;
      }
      control.giveWay();
      int existing = -1;
      int added = table.size();
      for (int[] series : selected) {
        int newest = -1;
        for (int i = 0; i < series.length && series[i] < added; i++) {
          StepColumn column = table.column(series[i]);
          if (!column.isPresent(step)) {
            continue;
          }
          double newestTime = newest < 0 ? 0 : table.column(newest).value(step);
          if (newest >= 0 && column.value(step) == newestTime) {
            existing = newest;
            added = series[i];
          } else if (newest < 0 || column.value(step) > newestTime) {
            newest = series[i];
          }
        }
      }
      if (existing >= 0) {
        long timeMs = (long) table.column(added).value(step);
        return new JoinChecks.Failure(step, 0, tie(existing, added, timeMs));
      }
    }
    return null;
  }

  private List<int[]> selectedRivals() {
    List<int[]> selected = new ArrayList<>();
    for (int[] series : rivals) {
      int[] those = Arrays.stream(series).filter(this::isSelected).toArray();
      if (those.length > 1) {
        selected.add(those);
      }
    }
    return selected;
  }

  private String tie(int existing, int added, long timeMs) {
    return "found duplicate series for info metric: existing "
        + LabelText.of(table.labels(existing))
        + " @ "
        + timeMs
        + ", new "
        + LabelText.of(table.labels(added))
        + " @ "
        + timeMs;
  }

  @Override
  public void close() {
    child.close();
    byIdentity.clear();
  }
}
