package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.promql.plan.Site;

/// Sorting over more than one step: the series as they come, and a warning. Streaming.
@HotPath
final class UnsortedOperator extends DerivedOperator {
  private final boolean dropsHistograms;

  UnsortedOperator(
      SeriesOperator child, boolean dropsHistograms, Annotations annotations, Site site) {
    super(child, null);
    this.dropsHistograms = dropsHistograms;
    annotations.warn(
        site, "sort is ineffective for range queries since results are always ordered by labels");
  }

  @Override
  void change(StepColumn column) {
    if (!dropsHistograms || !column.hasHistograms()) {
      return;
    }
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      if (column.histogram(i) != null) {
        column.remove(i);
      }
    }
  }
}
