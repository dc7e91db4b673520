package io.pallium.tsdb.head;

import static io.pallium.tsdb.head.SeriesLayout.DEFINED;
import static io.pallium.tsdb.head.SeriesLayout.OPEN_CHUNK;

import io.pallium.model.MetricMetadata;
import io.pallium.model.NativeHistogram;
import io.pallium.model.RejectReason;
import io.pallium.model.WriteBatch;
import io.pallium.tsdb.log.LogRecordWriter;
import org.jspecify.annotations.Nullable;

/// The exemplars and metadata of the batch that a [HeadAppender] commits: judged, logged and kept
/// under one lock of their tenant, between [#record] and [#keep] of which the record is appended.
/// Confined.
final class BatchExtras {
  private static final WriteBatch NO_BATCH = new WriteBatch();

  private final SeriesTable table;
  private final LogRecordWriter record;
  private final Refusals refusals;
  private TenantHead tenant;
  private WriteBatch batch = NO_BATCH;
  private int[] slots = new int[0];
  private long validToMs;
  private boolean hasRepetitions;

  BatchExtras(SeriesTable table, LogRecordWriter record, Refusals refusals, TenantHead tenant) {
    this.table = table;
    this.record = record;
    this.refusals = refusals;
    this.tenant = tenant;
  }

  /// @param newSlots the slots of the batch's series, as they will be when [#record] is called
  void begin(TenantHead newTenant, WriteBatch newBatch, int[] newSlots) {
    tenant = newTenant;
    batch = newBatch;
    slots = newSlots;
    hasRepetitions = false;
  }

  void end() {
    batch = NO_BATCH;
  }

  boolean isEmpty() {
    return batch.exemplarCount() + batch.metadataCount() == 0;
  }

  /// Whether something was there already, and may not be durable yet.
  boolean hasRepetitions() {
    return hasRepetitions;
  }

  /// An upper bound of what a batch takes in the log.
  ///
  /// @param keepsStarts whether its start timestamps are logged
  static long maxRecordBytes(WriteBatch batch, boolean keepsStarts) {
    int series = batch.seriesCount();
    long samples = (long) batch.sampleCount() + batch.histogramCount();
    long variable = series == 0 ? 0 : batch.labelsEnd(series - 1);
    if (batch.histogramCount() + batch.exemplarCount() + batch.metadataCount() > 0) {
      variable += maxSizeBytes(batch);
    }
    if (keepsStarts) {
      variable += samples * LogRecordWriter.MAX_START_BYTES;
    }
    return LogRecordWriter.maxSizeBytes(series, samples, variable);
  }

  /// An upper bound of what histograms, exemplars and metadata take in a record of the log.
  private static long maxSizeBytes(WriteBatch batch) {
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

  /// Adds what is new to the record.
  ///
  /// @param newValidToMs until when timestamps are taken
  void record(long newValidToMs) {
    validToMs = newValidToMs;
    for (int i = 0; i < batch.exemplarCount(); i++) {
      if (exemplarRefusal(i) == null) {
        long logRef = table.logRefs.get(slots[batch.exemplarSeries(i)]);
        long timestampMs = batch.exemplarTimestampMs(i);
        if (tenant.exemplars().isNew(logRef, timestampMs)) {
          record.exemplar(logRef, timestampMs, batch.exemplarValueBits(i), batch.exemplarLabels(i));
        } else {
          hasRepetitions = true;
        }
      }
    }
    for (int i = 0; i < batch.metadataCount(); i++) {
      if (tenant.metadata().isNew(batch.metadata(i))) {
        record.metadata(batch.metadata(i));
      } else {
        hasRepetitions = true;
      }
    }
  }

  /// Keeps what the record has.
  void keep() {
    for (int i = 0; i < batch.exemplarCount(); i++) {
      keepExemplar(i);
    }
    for (int i = 0; i < batch.metadataCount(); i++) {
      if (!tenant.metadata().add(batch.metadata(i))) {
        refusals.addSilently(RejectReason.METADATA_LIMIT);
      }
    }
  }

  /// Senders repeat exemplars with every scrape, and cannot mend what is not kept of them for the
  /// reasons that are found here: it is counted, and no refusal.
  private void keepExemplar(int exemplar) {
    int entry = batch.exemplarSeries(exemplar);
    long timestampMs = batch.exemplarTimestampMs(exemplar);
    RejectReason refusal = exemplarRefusal(exemplar);
    if (refusal == RejectReason.EXEMPLAR_TIMESTAMP_INVALID) {
      refusals.add(entry, timestampMs, refusal);
      return;
    }
    if (refusal == null) {
      refusal =
          tenant
              .exemplars()
              .add(
                  table.logRefs.get(slots[entry]),
                  timestampMs,
                  batch.exemplarValueBits(exemplar),
                  batch.exemplarLabels(exemplar));
    }
    // What is sent again with labels is judged then.
    if (refusal != null && slots[entry] != BatchSeries.UNKNOWN_REF) {
      refusals.addSilently(refusal);
    }
  }

  /// Why an exemplar cannot be kept whatever the others are, or null.
  private @Nullable RejectReason exemplarRefusal(int exemplar) {
    int slot = slots[batch.exemplarSeries(exemplar)];
    if (slot < 0 || (table.rows.page(slot)[table.rows.row(slot) + OPEN_CHUNK] & DEFINED) == 0) {
      return RejectReason.EXEMPLAR_SERIES_MISSING;
    }
    return batch.exemplarTimestampMs(exemplar) > validToMs
        ? RejectReason.EXEMPLAR_TIMESTAMP_INVALID
        : null;
  }
}
