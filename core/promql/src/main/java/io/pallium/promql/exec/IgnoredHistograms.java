package io.pallium.promql.exec;

import io.pallium.promql.plan.Site;

/// Drops histograms that an aggregation has no use for, and tells so.
final class IgnoredHistograms {
  private IgnoredHistograms() {}

  static void drop(StepColumn column, String aggregation, Annotations annotations, Site site) {
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      if (column.histogram(i) != null) {
        column.remove(i);
        annotations.inform(site, "ignored histogram in " + aggregation + " aggregation");
      }
    }
  }
}
