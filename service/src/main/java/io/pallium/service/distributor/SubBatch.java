package io.pallium.service.distributor;

import io.pallium.base.HotPath;
import io.pallium.model.TenantId;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteResult;
import java.util.Arrays;

/// The part of one request that goes to one ingester: the batch, and for each of its series where
/// its label region is, in case the ingester wants the labels or gives out a ref. Confined to one
/// thread at a time.
@HotPath
final class SubBatch {
  private final AliasKey key = new AliasKey();
  private WriteBatch batch = new WriteBatch();
  private WriteBatch spare = new WriteBatch();
  private int[] regionOffsets = new int[64];
  private int[] regionLengths = new int[64];
  private int labelledCount;

  /// Forgets the series.
  void reset(TenantId tenant, long senderId, long receiverIncarnation) {
    batch.reset(tenant).session(senderId, receiverIncarnation);
    labelledCount = 0;
  }

  /// What the sink gets.
  WriteBatch batch() {
    return batch;
  }

  /// How many series are named by labels: refs will come back for them.
  int labelledCount() {
    return labelledCount;
  }

  /// Starts a series that the ingester knows by a ref.
  void addKnown(long ref, int regionOffset, int regionLength) {
    keepRegion(batch.addSeries(ref), regionOffset, regionLength);
  }

  /// Starts a series that is named by the canonical labels in `identity`.
  void addLabelled(SeriesIdentity identity, int regionOffset, int regionLength) {
    int series =
        batch.addSeries(
            WriteBatch.NO_REF, identity.canonicalBytes(), 0, identity.canonicalLengthBytes());
    keepRegion(series, regionOffset, regionLength);
    labelledCount++;
  }

  /// Keeps the refs that the ingester gave out.
  void storeRefs(WriteResult result, int ingester, AliasCache aliases, RemoteWriteReader regions) {
    if (labelledCount == 0) {
      return;
    }
    int count = Math.min(batch.seriesCount(), result.seriesCount());
    for (int series = 0; series < count; series++) {
      long ref = result.ref(series);
      if (ref != WriteBatch.NO_REF && batch.ref(series) == WriteBatch.NO_REF) {
        int offset = regionOffsets[series];
        aliases.digest(
            key, regions.source(offset), RemoteWriteReader.index(offset), regionLengths[series]);
        aliases.putRef(key, ingester, result.incarnation(), ref);
      }
    }
  }

  /// Makes the batch anew with only the series whose refs the ingester does not know, now with
  /// labels. Metadata is not repeated.
  void keepUnknown(WriteResult result, SeriesIdentity identity, RemoteWriteReader regions) {
    WriteBatch sent = batch;
    batch = spare.reset(sent.tenant()).session(sent.senderId(), result.incarnation());
    spare = sent;
    labelledCount = 0;
    int histogram = 0;
    int exemplar = 0;
    int previous = -1;
    for (int i = 0; i < result.unknownRefCount(); i++) {
      int series = result.unknownRef(i);
      if (series <= previous || series >= sent.seriesCount()) {
        throw new AssertionError("BUG: unknown refs of a result are not in order: " + series);
      }
      previous = series;
      int offset = regionOffsets[series];
      int length = regionLengths[series];
      identity.canonicalise(regions.source(offset), RemoteWriteReader.index(offset), length);
      // Regions move down only: an index that is still needed is never overwritten.
      addLabelled(identity, offset, length);
      for (int k = sent.sampleStart(series); k < sent.sampleEnd(series); k++) {
        batch.addSample(sent.timestampsMs()[k], sent.valueBits()[k]);
        batch.starts().set(batch.sampleCount() - 1, sent.starts().get(k));
      }
      histogram = copyHistograms(sent, series, histogram);
      exemplar = copyExemplars(sent, series, exemplar);
    }
  }

  /// Lets go of what the next request cannot use.
  void release() {
    batch.reset(TenantId.ANONYMOUS);
    spare.reset(TenantId.ANONYMOUS);
  }

  private int copyHistograms(WriteBatch sent, int series, int from) {
    int k = from;
    while (k < sent.histogramCount() && sent.histogramSeries(k) <= series) {
      if (sent.histogramSeries(k) == series) {
        batch.addHistogram(sent.histogramTimestampMs(k), sent.histogram(k));
        batch.histogramStarts().set(batch.histogramCount() - 1, sent.histogramStarts().get(k));
      }
      k++;
    }
    return k;
  }

  private int copyExemplars(WriteBatch sent, int series, int from) {
    int k = from;
    while (k < sent.exemplarCount() && sent.exemplarSeries(k) <= series) {
      if (sent.exemplarSeries(k) == series) {
        batch.addExemplar(
            sent.exemplarTimestampMs(k), sent.exemplarValueBits(k), sent.exemplarLabels(k));
      }
      k++;
    }
    return k;
  }

  private void keepRegion(int series, int offset, int length) {
    if (series >= regionOffsets.length) {
      regionOffsets = Arrays.copyOf(regionOffsets, series * 2);
      regionLengths = Arrays.copyOf(regionLengths, series * 2);
    }
    regionOffsets[series] = offset;
    regionLengths[series] = length;
  }
}
