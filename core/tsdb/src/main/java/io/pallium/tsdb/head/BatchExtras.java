package io.pallium.tsdb.head;

import io.pallium.model.MetricMetadata;
import io.pallium.model.NativeHistogram;
import io.pallium.model.WriteBatch;

/// Sizes of the rare parts of a batch.
final class BatchExtras {
  private BatchExtras() {}

  /// An upper bound of what histograms, exemplars and metadata take in a record of the log.
  static long maxSizeBytes(WriteBatch batch) {
    long bytes = 0;
    for (int i = 0; i < batch.histogramCount(); i++) {
      NativeHistogram h = batch.histogram(i);
      bytes +=
          128
              + 10L * (h.positiveSpans().length + h.negativeSpans().length)
              + 10L * (h.positiveBuckets().length + h.negativeBuckets().length)
              + 10L * h.customBounds().length;
    }
    for (int i = 0; i < batch.exemplarCount(); i++) {
      bytes += 64 + batch.exemplarLabels(i).bytes().length;
    }
    for (int i = 0; i < batch.metadataCount(); i++) {
      MetricMetadata entry = batch.metadata(i);
      bytes += 64 + 3L * (entry.family().length() + entry.help().length() + entry.unit().length());
    }
    return bytes;
  }
}
