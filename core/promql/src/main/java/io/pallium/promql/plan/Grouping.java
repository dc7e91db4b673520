package io.pallium.promql.plan;

import io.pallium.model.Labels;
import java.util.List;
import java.util.stream.Stream;

/// By which labels an aggregation makes groups: `by` those, or `without` those, where the metric
/// name never makes a group.
public record Grouping(List<String> labels, boolean without) {
  public Grouping {
    labels = List.copyOf(labels);
  }

  /// Whether all series are in one group.
  public boolean isWhole() {
    return !without && labels.isEmpty();
  }

  /// Whether series of different values of a label are in different groups.
  public boolean isBy(String label) {
    return without
        ? !labels.contains(label) && !label.equals(Labels.METRIC_NAME)
        : labels.contains(label);
  }

  /// The same, but a label makes no group.
  public Grouping ignoring(String label) {
    Stream<String> names =
        without
            ? Stream.concat(labels.stream(), Stream.of(label))
            : labels.stream().filter(name -> !name.equals(label));
    return new Grouping(names.toList(), without);
  }
}
