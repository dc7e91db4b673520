package io.pallium.promql.plan;

/// A function of the buckets of histograms.
public enum BucketFunction {
  /// The quantile that the argument names.
  QUANTILE,
  /// A series for each of the quantiles that the arguments name.
  QUANTILES,
  /// The fraction of observations between two bounds.
  FRACTION
}
