package io.pallium.promql.exec;

import io.pallium.model.Labels;
import java.util.HashSet;
import java.util.Set;

/// Remembers which groups of an aggregation by name had a member whose name is to be dropped: then
/// that of the group is too. Confined to one thread.
final class MarkedGroups {
  private static final int BYTES_PER_ENTRY = 112;

  private final LabelProjection grouping;
  private final Reservation memory;
  private final Set<Labels> marked = new HashSet<>();

  MarkedGroups(LabelProjection grouping, Reservation memory) {
    this.grouping = grouping;
    this.memory = memory;
  }

  /// The members of the groups, noticed as they pass.
  SeriesOperator members(SeriesOperator child) {
    return new PassingOperator(child) {
      @Override
      public boolean next() {
        boolean hasNext = super.next();
        if (hasNext && NameMark.isOn(child.labels())) {
          mark(grouping.apply(child.labels()));
        }
        return hasNext;
      }
    };
  }

  private void mark(Labels group) {
    if (!marked.contains(group)) {
      memory.reserve(BYTES_PER_ENTRY + group.bytes().length);
      marked.add(group);
    }
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
