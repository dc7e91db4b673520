package io.pallium.promql.exec;

import io.pallium.model.Labels;
import java.util.HashSet;
import java.util.Set;

/// Remembers which groups of an aggregation by name had a member whose name is to be dropped: then
/// that of the group is too. Confined to one thread.
final class MarkedGroups {
  private final LabelProjection grouping;
  private final Set<Labels> marked = new HashSet<>();

  MarkedGroups(LabelProjection grouping) {
    this.grouping = grouping;
  }

  /// The members of the groups, noticed as they pass.
  SeriesOperator members(SeriesOperator child) {
    return new PassingOperator(child) {
      @Override
      public boolean next() {
        boolean hasNext = super.next();
        if (hasNext && NameMark.isOn(child.labels())) {
          marked.add(grouping.apply(child.labels()));
        }
        return hasNext;
      }
    };
  }

  /// The groups, marked if one of their members was.
  SeriesOperator groups(SeriesOperator child) {
    return new PassingOperator(child) {
      @Override
      public Labels labels() {
        Labels labels = super.labels();
        return marked.contains(labels) ? NameMark.add(labels) : labels;
      }
    };
  }
}
