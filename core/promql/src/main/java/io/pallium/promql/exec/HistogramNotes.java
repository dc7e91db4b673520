package io.pallium.promql.exec;

import io.pallium.promql.parse.GoText;
import io.pallium.promql.plan.Site;

/// Warnings and infos about combining native histograms, with the texts of Prometheus.
final class HistogramNotes {
  /// What combined the histograms.
  enum Operation {
    ADDITION("addition"),
    SUBTRACTION("subtraction"),
    AGGREGATION("aggregation");

    private final String text;

    Operation(String text) {
      this.text = text;
    }
  }

  private HistogramNotes() {}

  /// Histograms with the hint that there was a reset met others with the hint that there was none.
  static void warnConflictingResets(Annotations annotations, Site site, Operation operation) {
    annotations.warn(site, conflictingResets(operation));
  }

  static String conflictingResets(Operation operation) {
    return "conflicting counter resets during histogram " + operation.text;
  }

  /// Custom bounds were different.
  static void informReconciled(Annotations annotations, Site site, Operation operation) {
    annotations.inform(site, reconciled(operation));
  }

  static String reconciled(Operation operation) {
    return "mismatched custom buckets were reconciled during " + operation.text;
  }

  /// Histograms with exponential and with custom buckets met.
  static void warnMixedSchemas(Annotations annotations, Site site, String metricName) {
    annotations.warn(
        site,
        "vector contains a mix of histograms with exponential and custom buckets schemas for metric"
            + " name "
            + GoText.quote(metricName));
  }

  /// A function for counters met a gauge.
  static void warnNotCounter(Annotations annotations, Site site, String metricName) {
    annotations.warn(
        site, "this native histogram metric is not a counter: " + GoText.quote(metricName));
  }

  /// A function for gauges met a counter.
  static void warnNotGauge(Annotations annotations, Site site, String metricName) {
    annotations.warn(
        site, "this native histogram metric is not a gauge: " + GoText.quote(metricName));
  }
}
