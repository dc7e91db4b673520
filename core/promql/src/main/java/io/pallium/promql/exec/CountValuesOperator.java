package io.pallium.promql.exec;

import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.promql.parse.GoText;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `count_values`: an output series per group and distinct value. Holds groups × values × steps,
/// whatever the number of series.
final class CountValuesOperator extends BlockingOperator {
  private static final int BYTES_PER_VALUE = 256;

  /// The counts of one group by the text of the value.
  private record Group(Labels labels, Map<String, double[]> byText, Map<Long, double[]> byBits) {}

  private final ExecutionContext context;
  private final String label;
  private final SeriesOperator child;
  private final @Nullable LabelProjection grouping;
  private final boolean keepsLabel;
  private final int stepCount;
  private final Scratch scratch;

  /// @param label the label that carries the value
  /// @param grouping the labels that make a group, never `label`; null if all series are in one
  /// @param keepsLabel whether the result has `label`
  CountValuesOperator(
      ExecutionContext context,
      String label,
      SeriesOperator child,
      @Nullable LabelProjection grouping,
      boolean keepsLabel,
      int stepCount) {
    super(context.reservation());
    this.context = context;
    this.label = label;
    this.child = child;
    this.grouping = grouping;
    this.keepsLabel = keepsLabel;
    this.stepCount = stepCount;
    this.scratch = memory().scratch();
  }

  @Override
  SeriesOperator compute() {
    var groups =
        new Groups<>(
            grouping,
            memory(),
            labels -> new Group(labels, new LinkedHashMap<>(), new LinkedHashMap<>()));
    while (child.next()) {
      StepColumn column = child.column();
      Group group = groups.of(child);
      for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
        counts(group, column, i)[i]++;
      }
    }
    child.close();
    return results(groups);
  }

  private SeriesOperator results(Groups<Group> groups) {
    LabelEdit edit = new LabelEdit(label);
    var results = new SeriesTable(memory(), stepCount);
    for (Group group : groups.all()) {
      context.control().giveWay();
      group.byText.forEach(
          (text, counts) -> {
            Labels labels = keepsLabel ? edit.set(group.labels, text) : group.labels;
            StepColumn out = results.addEmpty(labels);
            for (int i = 0; i < stepCount; i++) {
              if (counts[i] > 0) {
                out.set(i, counts[i]);
              }
            }
          });
    }
    return results.operator();
  }

  private double[] counts(Group group, StepColumn column, int step) {
    NativeHistogram histogram = column.histogram(step);
    if (histogram != null) {
      scratch.ensure(HistogramText.maxBytes(histogram));
      return ofText(group, keepsLabel ? HistogramText.of(histogram) : "");
    }
    // All values are one where the label that tells them apart is dropped.
    long bits = keepsLabel ? Double.doubleToLongBits(column.value(step)) : 0;
    double[] known = group.byBits.get(bits);
    if (known == null) {
      known = ofText(group, keepsLabel ? GoText.decimal(column.value(step)) : "");
      group.byBits.put(bits, known);
    }
    return known;
  }

  private double[] ofText(Group group, String text) {
    double[] known = group.byText.get(text);
    if (known == null) {
      memory().reserve(BYTES_PER_VALUE + 2L * text.length());
      known = memory().doubles(stepCount);
      group.byText.put(text, known);
    }
    return known;
  }

  @Override
  void closeChildren() {
    child.close();
  }
}
