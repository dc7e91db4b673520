package io.pallium.promql.exec;

import io.pallium.promql.parse.GoText;
import io.pallium.promql.plan.Site;

/// The warning about a quantile that is not between 0 and 1.
final class QuantileWarning {
  private QuantileWarning() {}

  static void add(Annotations annotations, Site site, double quantile) {
    annotations.warn(
        site, "quantile value should be between 0 and 1, got " + GoText.shortest(quantile));
  }
}
