package io.pallium.service.distributor;

import io.pallium.base.config.Doc;

/// What a tenant may write of native histograms. The defaults are for one trusted user: no limits.
public record HistogramLimits(
    @Doc("Whether native histograms are stored; those that are not are counted and left out.")
        boolean enableNativeHistograms,
    @Doc(
            "Native histograms that a tenant may write per second, besides `ingestion_rate`; 0 is no limit. Over it, the rest of a request is stored.")
        double nativeHistogramIngestionRate,
    @Doc("Native histograms that may come at once; 0 is those of a second.")
        long nativeHistogramIngestionBurstSize,
    @Doc(
            "Most buckets of a native histogram, both sides together; 0 is no limit. The resolution of one that has more is halved until it fits, if it can be.")
        int maxNativeHistogramBuckets,
    @Doc("Most bytes of a native histogram as it is sent, uncompressed; 0 is no limit.")
        int maxNativeHistogramSampleSizeBytes) {

  public HistogramLimits {
    DistributorLimits.notNegative("native_histogram_ingestion_rate", nativeHistogramIngestionRate);
    DistributorLimits.notNegative(
        "native_histogram_ingestion_burst_size", nativeHistogramIngestionBurstSize);
    DistributorLimits.notNegative("max_native_histogram_buckets", maxNativeHistogramBuckets);
    DistributorLimits.notNegative(
        "max_native_histogram_sample_size_bytes", maxNativeHistogramSampleSizeBytes);
  }

  /// The limits of one trusted user.
  public static HistogramLimits defaults() {
    return new HistogramLimits(true, 0, 0, 0, 0);
  }
}
