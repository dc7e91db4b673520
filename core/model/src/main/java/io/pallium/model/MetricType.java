package io.pallium.model;

/// The kinds of metric, in the numbering of remote write 1.0.
public enum MetricType {
  UNKNOWN,
  COUNTER,
  GAUGE,
  HISTOGRAM,
  GAUGEHISTOGRAM,
  SUMMARY,
  INFO,
  STATESET;

  /// The word of the query API.
  public String text() {
    return switch (this) {
      case UNKNOWN -> "unknown";
      case COUNTER -> "counter";
      case GAUGE -> "gauge";
      case HISTOGRAM -> "histogram";
      case GAUGEHISTOGRAM -> "gaugehistogram";
      case SUMMARY -> "summary";
      case INFO -> "info";
      case STATESET -> "stateset";
    };
  }
}
