package io.pallium.promql.plan;

import org.jspecify.annotations.Nullable;

/// Tells the name of the metric that a plan gives, where it is known before any series is.
public final class MetricNames {
  private MetricNames() {}

  /// The name that all series have, empty if they have none; null if that is not known.
  public static @Nullable String of(VectorPlan plan) {
    return switch (plan) {
      case VectorPlan.Select select -> select.isTimestamp() ? "" : select.selector().name();
      case VectorPlan.OverRange range -> range.function().keepsName() ? of(range.source()) : "";
      case VectorPlan.Map _, VectorPlan.Timestamps _, VectorPlan.HistogramMap _ -> "";
      case VectorPlan.WithScalar with -> with.dropsName() ? "" : of(with.vector());
      case VectorPlan.StepInvariant invariant -> of(invariant.child());
      case VectorPlan.Merge merge -> of(merge.child());
      case VectorPlan.Distinct distinct -> of(distinct.child());
      default -> null;
    };
  }

  private static @Nullable String of(RangeSource source) {
    return switch (source) {
      case RangeSource.Stored stored -> stored.selector().name();
      case RangeSource.Subquery subquery -> of(subquery.child());
    };
  }
}
