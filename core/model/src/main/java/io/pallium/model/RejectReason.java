package io.pallium.model;

/// Why a series, sample, exemplar or metadata entry of a write request was not stored. The id
/// stands in error texts, the metric label in `pallium_discarded_samples_total`; both are stable
/// for ever.
public enum RejectReason {
  MISSING_METRIC_NAME("missing-metric-name"),
  INVALID_METRIC_NAME("metric-name-invalid"),
  MAX_LABEL_NAMES("max-label-names-per-series"),
  LABEL_NAME_INVALID("label-invalid"),
  LABEL_NAME_TOO_LONG("label-name-too-long"),
  LABEL_VALUE_TOO_LONG("label-value-too-long"),
  LABEL_VALUE_INVALID("label-value-invalid"),
  DUPLICATE_LABEL_NAMES("duplicate-label-names"),
  LABELS_NOT_SORTED("labels-not-sorted"),
  LABELS_SIZE("labels-size-bytes-exceeded"),
  NO_LABELS("no-labels"),
  TOO_FAR_IN_FUTURE("too-far-in-future"),
  TOO_FAR_IN_PAST("too-far-in-past"),
  OUT_OF_ORDER("sample-out-of-order"),
  OUT_OF_BOUNDS("sample-out-of-bounds"),
  TOO_OLD("sample-timestamp-too-old"),
  NEW_VALUE_FOR_TIMESTAMP("new-value-for-timestamp"),
  SERIES_LIMIT_PER_TENANT("max-series-per-tenant"),
  SERIES_LIMIT_PER_METRIC("max-series-per-metric"),
  HISTOGRAM_INVALID("native-histogram-invalid"),
  HISTOGRAM_BUCKETS("max-native-histogram-buckets"),
  HISTOGRAM_SIZE("native-histogram-sample-size-bytes-exceeded"),
  HISTOGRAM_RATE_LIMITED("native-histogram-rate-limited"),
  HISTOGRAMS_OFF("native-histograms-off"),
  EXEMPLAR_LABELS_MISSING("exemplar-labels-missing"),
  EXEMPLAR_LABELS_TOO_LONG("exemplar-labels-too-long"),
  EXEMPLAR_TIMESTAMP_INVALID("exemplar-timestamp-invalid"),
  EXEMPLAR_OUT_OF_ORDER("exemplar-out-of-order"),
  EXEMPLAR_SERIES_MISSING("exemplar-series-missing"),
  EXEMPLARS_OFF("exemplars-off"),
  METADATA_MISSING_METRIC_NAME("metadata-missing-metric-name"),
  METADATA_TOO_LONG("metadata-too-long"),
  METADATA_INVALID("metadata-invalid"),
  METADATA_LIMIT("max-metadata"),
  RATE_LIMITED("tenant-max-ingestion-rate");

  private final String id;

  RejectReason(String id) {
    this.id = id;
  }

  /// The id in error texts: `err-pallium-…`.
  public String errorId() {
    return "err-pallium-" + id;
  }

  /// The value of the `reason` label in metrics.
  public String metricLabel() {
    return id.replace('-', '_');
  }
}
