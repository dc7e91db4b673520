package io.pallium.promql.plan;

import java.util.List;

/// How the series of an instant vector are sorted.
public sealed interface SortOrder {
  /// Whether the greatest come first.
  boolean isDescending();

  /// By value, NaN last; histograms are dropped.
  record ByValue(boolean isDescending) implements SortOrder {}

  /// By the values of some labels in natural order, then by all labels.
  record ByLabels(boolean isDescending, List<String> names) implements SortOrder {
    public ByLabels {
      names = List.copyOf(names);
    }
  }
}
