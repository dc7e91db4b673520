package io.pallium.promql.exec;

import io.pallium.base.QueryFailedException;
import io.pallium.promql.plan.Site;
import org.jspecify.annotations.Nullable;

/// At which steps a group has histograms: with floats at the same step there is no result, and a
/// warning; without, the aggregation cannot be computed yet.
final class MixedSteps {
  private final String aggregation;
  private final Reservation memory;
  private final int stepCount;
  private final Annotations annotations;
  private final Site site;
  private long @Nullable [] histogramSteps;

  MixedSteps(
      String aggregation, Reservation memory, int stepCount, Annotations annotations, Site site) {
    this.aggregation = aggregation;
    this.memory = memory;
    this.stepCount = stepCount;
    this.annotations = annotations;
    this.site = site;
  }

  /// Takes the histograms out of a column and remembers their steps.
  void takeHistograms(StepColumn column) {
    long[] steps = histogramSteps;
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      if (column.histogram(i) != null) {
        if (steps == null) {
          steps = memory.bitmap(stepCount);
          histogramSteps = steps;
        }
        steps[i >>> 6] |= 1L << i;
        column.remove(i);
      }
    }
  }

  /// Removes the steps that had both kinds.
  void removeMixed(StepColumn out) {
    long[] steps = histogramSteps;
    if (steps == null) {
      return;
    }
    long[] floats = out.presence();
    for (int i = 0; i < steps.length; i++) {
      if ((steps[i] & ~floats[i]) != 0) {
        throw new QueryFailedException(
            "aggregation \"" + aggregation + "\" is not supported yet for native histograms");
      }
      if (steps[i] != 0) {
        annotations.warn(site, "encountered a mix of histograms and floats for aggregation");
      }
    }
    out.mask(steps, true);
  }
}
