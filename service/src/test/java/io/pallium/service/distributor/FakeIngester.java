package io.pallium.service.distributor;

import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.model.NativeHistogram;
import io.pallium.model.RejectReason;
import io.pallium.model.TenantId;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteResult;
import io.pallium.storage.SampleSink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// An ingester in memory: gives out refs, keeps what it is sent, and does what a test asks for.
final class FakeIngester implements SampleSink {
  record Stored(TenantId tenant, Labels labels, long timestampMs, long valueBits) {}

  record StoredHistogram(Labels labels, long timestampMs, NativeHistogram histogram) {}

  record StoredExemplar(Labels series, long timestampMs, long valueBits, Labels labels) {}

  record SeriesKey(TenantId tenant, Labels labels) {}

  final List<Stored> samples = new ArrayList<>();

  /// Since when each of them counts.
  final List<Long> starts = new ArrayList<>();

  final List<Long> histogramStarts = new ArrayList<>();
  final List<StoredHistogram> histograms = new ArrayList<>();
  final List<StoredExemplar> exemplars = new ArrayList<>();
  final List<MetricMetadata> metadata = new ArrayList<>();
  int batches;
  int labelledSeries;

  /// Set to answer all batches with it.
  @Nullable RuntimeException failure;

  /// Set to refuse the samples of series that have this metric name.
  @Nullable String refusedMetric;

  /// Set to count one of it with each batch, as left out but not refused.
  @Nullable RejectReason discarded;

  /// Set to hold answers back until [#release].
  boolean isHolding;

  private final List<Runnable> held = new ArrayList<>();
  private final Map<SeriesKey, Long> refs = new HashMap<>();
  private final Map<Long, SeriesKey> series = new HashMap<>();
  private long incarnation = 1;
  private long nextRef = 1;

  /// Forgets all refs, as a restart does.
  synchronized void restart() {
    incarnation++;
    refs.clear();
    series.clear();
  }

  /// Forgets one series, as dropping it from the head does.
  synchronized void forget(TenantId tenant, Labels labels) {
    series.remove(refs.remove(new SeriesKey(tenant, labels)));
  }

  synchronized void release() {
    isHolding = false;
    held.forEach(Runnable::run);
    held.clear();
  }

  @Override
  public synchronized CompletableFuture<WriteResult> write(WriteBatch batch) {
    batches++;
    if (failure != null) {
      return CompletableFuture.failedFuture(failure);
    }
    WriteResult result = new WriteResult(incarnation, batch.seriesCount());
    @Nullable SeriesKey[] keys = new @Nullable SeriesKey[batch.seriesCount()];
    for (int i = 0; i < batch.seriesCount(); i++) {
      keys[i] = resolve(batch, i, result);
      store(batch, i, keys[i], result);
    }
    storeRest(batch, keys);
    if (discarded != null) {
      result.addRejected(discarded, 1);
    }
    if (!isHolding) {
      return CompletableFuture.completedFuture(result);
    }
    CompletableFuture<WriteResult> later = new CompletableFuture<>();
    held.add(() -> later.complete(result));
    return later;
  }

  private @Nullable SeriesKey resolve(WriteBatch batch, int i, WriteResult result) {
    int from = batch.labelsStart(i);
    int length = batch.labelsEnd(i) - from;
    if (length == 0) {
      SeriesKey known =
          batch.receiverIncarnation() == incarnation ? series.get(batch.ref(i)) : null;
      if (known == null) {
        result.addUnknownRef(i);
      }
      return known;
    }
    labelledSeries++;
    SeriesKey key =
        new SeriesKey(batch.tenant(), Labels.ofCanonical(batch.labelBytes(), from, length));
    long ref = refs.computeIfAbsent(key, _ -> nextRef++);
    series.put(ref, key);
    result.assignRef(i, ref);
    return key;
  }

  private void store(WriteBatch batch, int i, @Nullable SeriesKey key, WriteResult result) {
    if (key == null) {
      return;
    }
    String metric = key.labels().get(Labels.METRIC_NAME);
    for (int k = batch.sampleStart(i); k < batch.sampleEnd(i); k++) {
      if (refusedMetric != null && refusedMetric.equals(metric)) {
        if (result.reject(RejectReason.OUT_OF_ORDER)) {
          result.describeFirst(RejectReason.OUT_OF_ORDER, "out of order");
        }
        continue;
      }
      samples.add(
          new Stored(batch.tenant(), key.labels(), batch.timestampsMs()[k], batch.valueBits()[k]));
      starts.add(batch.starts().get(k));
      result.addStored(1);
    }
  }

  private void storeRest(WriteBatch batch, @Nullable SeriesKey[] keys) {
    for (int k = 0; k < batch.histogramCount(); k++) {
      SeriesKey key = keys[batch.histogramSeries(k)];
      if (key != null) {
        histograms.add(
            new StoredHistogram(key.labels(), batch.histogramTimestampMs(k), batch.histogram(k)));
        histogramStarts.add(batch.histogramStarts().get(k));
      }
    }
    for (int k = 0; k < batch.exemplarCount(); k++) {
      SeriesKey key = keys[batch.exemplarSeries(k)];
      if (key != null) {
        exemplars.add(
            new StoredExemplar(
                key.labels(),
                batch.exemplarTimestampMs(k),
                batch.exemplarValueBits(k),
                batch.exemplarLabels(k)));
      }
    }
    for (int k = 0; k < batch.metadataCount(); k++) {
      metadata.add(batch.metadata(k));
    }
  }
}
