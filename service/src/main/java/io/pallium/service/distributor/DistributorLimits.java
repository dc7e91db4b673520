package io.pallium.service.distributor;

import io.pallium.base.config.Doc;
import io.pallium.base.config.Inline;
import java.time.Duration;

/// What a tenant may write. Lengths are in bytes; 0 turns a limit off. The defaults are for one
/// trusted user: no rates.
public record DistributorLimits(
    @Doc(
            "Samples, exemplars and metadata entries that a tenant may write per second; 0 is no limit.")
        double ingestionRate,
    @Doc("Samples, exemplars and metadata entries that may come at once. No request may be larger.")
        long ingestionBurstSize,
    @Doc("Longest label name, in bytes; 0 is no limit.") int maxLabelNameLength,
    @Doc("Longest label value, in bytes; 0 is no limit.") int maxLabelValueLength,
    @Doc("Most labels of a series, the metric name included; 0 is no limit.")
        int maxLabelNamesPerSeries,
    @Doc("Most bytes that all label names and values of a series may have; 0 is no limit.")
        int maxLabelsSizeBytes,
    @Doc("Whether a series needs a metric name.") boolean enforceMetricName,
    @Doc("Whether samples older than `reject_old_samples_max_age` are refused.")
        boolean rejectOldSamples,
    @Doc("How old a sample may be, if `reject_old_samples` is on.") Duration rejectOldSamplesMaxAge,
    @Doc("Longest metric name, help text and unit of a metadata entry, in bytes; 0 is no limit.")
        int maxMetadataLength,
    @Doc("Whether a metadata entry needs a metric name.") boolean enforceMetadataMetricName,
    @Inline HistogramLimits histograms) {

  public DistributorLimits {
    notNegative("ingestion_rate", ingestionRate);
    notNegative("ingestion_burst_size", ingestionBurstSize);
    notNegative("max_label_name_length", maxLabelNameLength);
    notNegative("max_label_value_length", maxLabelValueLength);
    notNegative("max_label_names_per_series", maxLabelNamesPerSeries);
    notNegative("max_labels_size_bytes", maxLabelsSizeBytes);
    notNegative("reject_old_samples_max_age", rejectOldSamplesMaxAge.toMillis());
    notNegative("max_metadata_length", maxMetadataLength);
  }

  /// The limits of one trusted user.
  public static DistributorLimits defaults() {
    return new DistributorLimits(
        0,
        0,
        1024,
        2048,
        30,
        0,
        true,
        false,
        Duration.ofDays(14),
        1024,
        true,
        HistogramLimits.defaults());
  }

  static void notNegative(String key, double value) {
    if (!(value >= 0)) {
      throw new IllegalArgumentException(key + " must not be negative, was " + value);
    }
  }
}
