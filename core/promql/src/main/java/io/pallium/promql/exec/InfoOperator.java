package io.pallium.promql.exec;

import io.pallium.base.QueryFailedException;
import io.pallium.model.LabelCursor;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.storage.QueryControl;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `info`: adds labels of info series to the series that they describe. Blocking on the info
/// series, streaming on the others, unless an info series lacks an identifying label.
///
/// Info series come and go, so that a series gives one part for each set of them that describes it
/// over time. A query that fails does so when all series were seen.
final class InfoOperator implements SeriesOperator {
  private final QueryControl control;
  private final SeriesOperator child;
  private final InfoSide infos;
  private final List<LabelMatcher> nameMatchers;
  private final Set<String> dataLabels;
  private final boolean keepsUndescribed;
  private final Reservation memory;
  private final int stepCount;
  private final @Nullable SampleCounts counts;
  private final SeriesParts parts;
  private final long[] steps;
  private SeriesOperator base;
  private boolean isInfoRead;
  private JoinChecks.@Nullable Failure conflict;

  /// @param nameMatchers what names of info series fulfil; such series are not described themselves
  /// @param dataMatchers what the added labels fulfil; if there are any, only their labels are
  ///   added
  InfoOperator(
      QueryControl control,
      SeriesOperator child,
      SeriesOperator info,
      List<LabelMatcher> nameMatchers,
      List<LabelMatcher> dataMatchers,
      Reservation memory,
      Steps querySteps) {
    this.control = control;
    this.counts = querySteps.counts();
    this.stepCount = querySteps.count();
    this.child = child;
    this.base = child;
    this.infos = new InfoSide(info, memory, stepCount);
    this.nameMatchers = nameMatchers;
    this.dataLabels =
        dataMatchers.stream().map(LabelMatcher::name).collect(Collectors.toUnmodifiableSet());
    this.keepsUndescribed = dataMatchers.stream().allMatch(LabelMatcher::matchesEmpty);
    this.memory = memory;
    this.parts = new SeriesParts(memory, stepCount);
    this.steps = memory.bitmap(stepCount);
  }

  @Override
  public boolean next() {
    if (!isInfoRead) {
      readInfo();
      isInfoRead = true;
    }
    while (!parts.next()) {
      parts.clear();
      if (!base.next()) {
        fail();
        return false;
      }
      describe(base.labels(), base.column());
    }
    return true;
  }

  private void readInfo() {
    infos.read();
    boolean needsAll = infos.hasIncomplete();
    if (needsAll) {
      var table = new SeriesTable(memory, stepCount);
      table.drain(child);
      for (int i = 0; i < table.size(); i++) {
        if (!isInfo(table.labels(i))) {
          infos.addDescribed(table.labels(i));
        }
      }
      base = table.operator();
    }
    infos.arrange(needsAll);
  }

  private void describe(Labels labels, StepColumn column) {
    long[] present = column.presence();
    for (int i = 0; i < steps.length; i++) {
      steps[i] |= present[i];
    }
    if (isInfo(labels)) {
      parts.add(labels, column);
      return;
    }
    infos.addDescribed(labels);
    List<InfoSide.Candidates> metrics = infos.of(labels);
    if (metrics.isEmpty()) {
      if (keepsUndescribed) {
        parts.add(labels, column);
      }
      return;
    }
    split(labels, column, metrics);
  }

  private void split(Labels labels, StepColumn column, List<InfoSide.Candidates> metrics) {
    int[] before = new int[metrics.size()];
    int[] chosen = new int[metrics.size()];
    StepColumn out = null;
    boolean isFirst = true;
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      for (int j = 0; j < chosen.length; j++) {
        chosen[j] = infos.newest(metrics.get(j), i);
      }
      if (isFirst || !Arrays.equals(chosen, before)) {
        Labels described = described(labels, chosen, i);
        out = described == null ? null : parts.column(described);
        System.arraycopy(chosen, 0, before, 0, chosen.length);
        isFirst = false;
      }
      if (out != null) {
        out.set(i, column, i);
      }
    }
  }

  /// The labels of a series with those of info series; null if it is dropped.
  ///
  /// @param chosen the info series; -1 where there is none
  private @Nullable Labels described(Labels labels, int[] chosen, int step) {
    Map<String, String> added = new HashMap<>();
    boolean isDescribed = false;
    for (int series : chosen) {
      if (series >= 0) {
        isDescribed = true;
        addData(labels, infos.labels(series), added, step);
      }
    }
    if (!isDescribed && !keepsUndescribed) {
      return null;
    }
    Labels result = labels;
    for (Map.Entry<String, String> label : added.entrySet()) {
      result = new LabelEdit(label.getKey()).set(result, label.getValue());
    }
    return result;
  }

  private void addData(Labels labels, Labels info, Map<String, String> added, int step) {
    LabelCursor cursor = info.cursor();
    while (cursor.next()) {
      String name = cursor.name();
      boolean isData = dataLabels.isEmpty() || dataLabels.contains(name);
      if (!isData || name.equals(Labels.METRIC_NAME) || labels.get(name) != null) {
        continue;
      }
      String value = cursor.value();
      String other = added.putIfAbsent(name, value);
      if (other != null && !other.equals(value) && (conflict == null || step < conflict.step())) {
        conflict = new JoinChecks.Failure(step, 1, "conflicting label: " + name);
      }
    }
  }

  private boolean isInfo(Labels labels) {
    String name = Objects.requireNonNullElse(labels.get(Labels.METRIC_NAME), "");
    return nameMatchers.stream().allMatch(matcher -> matcher.matches(name));
  }

  private void fail() {
    if (counts != null) {
      infos.count(counts);
    }
    infos.failOnHistograms();
    JoinChecks.Failure tie = infos.firstTie(steps, stepCount, control);
    JoinChecks.Failure first =
        tie == null || conflict != null && conflict.step() < tie.step() ? conflict : tie;
    if (first != null) {
      throw new QueryFailedException(first.message());
    }
  }

  @Override
  public Labels labels() {
    return parts.labels();
  }

  @Override
  public StepColumn column() {
    return parts.column();
  }

  @Override
  public void close() {
    parts.clear();
    child.close();
    base.close();
    infos.close();
    memory.close();
  }
}
