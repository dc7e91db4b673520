package io.pallium.model;

import io.pallium.base.HotPath;
import java.util.Arrays;

/// The one internal message of the write path, in process and over gRPC: the samples of one tenant
/// as columns. Series are in the order they were added; the samples of series `i` are
/// `[sampleStart(i), sampleEnd(i))` of the sample columns.
///
/// A series is named by a ref that the receiving ingester gave out earlier in its present
/// incarnation, or, if the ref is 0, by its canonical label bytes (which may also be given beside a
/// ref).
///
/// Confined to one thread until it is handed over; reusable by [#reset] when its result is
/// complete. Arrays returned are the live columns: they may be longer than the counts, and must not
/// be kept over a call that adds.
///
/// Source: docs/formats/write-batch.md.
@HotPath
public final class WriteBatch {
  /// The ref of a series that is named by its labels.
  public static final long NO_REF = 0;

  private TenantId tenant = TenantId.ANONYMOUS;
  private long senderId;
  private long receiverIncarnation;

  private int seriesCount;
  private long[] refs = new long[64];
  private int[] labelsEnd = new int[64];
  private int[] sampleEnd = new int[64];
  private byte[] labelBytes = new byte[4096];
  private int labelLength;

  private int sampleCount;
  private long[] timestampsMs = new long[64];
  private long[] valueBits = new long[64];
  private final StartColumn starts = new StartColumn();

  private int histogramCount;
  private int[] histogramSeries = new int[0];
  private long[] histogramTimestampsMs = new long[0];
  private NativeHistogram[] histograms = new NativeHistogram[0];
  private final StartColumn histogramStarts = new StartColumn();

  private int exemplarCount;
  private int[] exemplarSeries = new int[0];
  private long[] exemplarTimestampsMs = new long[0];
  private long[] exemplarValueBits = new long[0];
  private Labels[] exemplarLabels = new Labels[0];

  private int metadataCount;
  private MetricMetadata[] metadata = new MetricMetadata[0];

  /// Forgets everything but the room that the columns have.
  public WriteBatch reset(TenantId newTenant) {
    tenant = newTenant;
    senderId = 0;
    receiverIncarnation = 0;
    seriesCount = 0;
    labelLength = 0;
    sampleCount = 0;
    starts.clear();
    clearHistograms();
    Arrays.fill(exemplarLabels, 0, exemplarCount, null);
    exemplarCount = 0;
    Arrays.fill(metadata, 0, metadataCount, null);
    metadataCount = 0;
    return this;
  }

  /// Names the session: who sends, and the incarnation of the ingester that gave out the refs.
  public WriteBatch session(long newSenderId, long newReceiverIncarnation) {
    senderId = newSenderId;
    receiverIncarnation = newReceiverIncarnation;
    return this;
  }

  /// Starts a series that is known by a ref.
  ///
  /// @return its index
  public int addSeries(long ref) {
    int index = seriesCount++;
    if (index == refs.length) {
      growSeries();
    }
    refs[index] = ref;
    labelsEnd[index] = labelLength;
    sampleEnd[index] = sampleCount;
    return index;
  }

  /// Starts a series that is named by canonical label bytes, which are copied.
  ///
  /// @return its index
  public int addSeries(long ref, byte[] source, int offset, int lengthBytes) {
    if (labelBytes.length - labelLength < lengthBytes) {
      labelBytes =
          Arrays.copyOf(labelBytes, Math.max(labelBytes.length * 2, labelLength + lengthBytes));
    }
    System.arraycopy(source, offset, labelBytes, labelLength, lengthBytes);
    labelLength += lengthBytes;
    return addSeries(ref);
  }

  /// Adds a float sample to the series added last.
  public void addSample(long timestampMs, long bits) {
    if (sampleCount == timestampsMs.length) {
      growSamples();
    }
    timestampsMs[sampleCount] = timestampMs;
    valueBits[sampleCount] = bits;
    sampleCount++;
    sampleEnd[seriesCount - 1] = sampleCount;
  }

  /// Takes all histogram samples out again; their series stay.
  public void clearHistograms() {
    Arrays.fill(histograms, 0, histogramCount, null);
    histogramCount = 0;
    histogramStarts.clear();
  }

  /// Adds a histogram sample to the series added last.
  public void addHistogram(long timestampMs, NativeHistogram histogram) {
    if (histogramCount == histograms.length) {
      int room = Math.max(16, histogramCount * 2);
      histogramSeries = Arrays.copyOf(histogramSeries, room);
      histogramTimestampsMs = Arrays.copyOf(histogramTimestampsMs, room);
      histograms = Arrays.copyOf(histograms, room);
    }
    histogramSeries[histogramCount] = seriesCount - 1;
    histogramTimestampsMs[histogramCount] = timestampMs;
    histograms[histogramCount++] = histogram;
  }

  /// Adds an exemplar to the series added last.
  public void addExemplar(long timestampMs, long bits, Labels labels) {
    if (exemplarCount == exemplarSeries.length) {
      int room = Math.max(16, exemplarCount * 2);
      exemplarSeries = Arrays.copyOf(exemplarSeries, room);
      exemplarTimestampsMs = Arrays.copyOf(exemplarTimestampsMs, room);
      exemplarValueBits = Arrays.copyOf(exemplarValueBits, room);
      exemplarLabels = Arrays.copyOf(exemplarLabels, room);
    }
    exemplarSeries[exemplarCount] = seriesCount - 1;
    exemplarTimestampsMs[exemplarCount] = timestampMs;
    exemplarValueBits[exemplarCount] = bits;
    exemplarLabels[exemplarCount++] = labels;
  }

  /// Adds what the client says about a metric family.
  public void addMetadata(MetricMetadata entry) {
    if (metadataCount == metadata.length) {
      metadata = Arrays.copyOf(metadata, Math.max(16, metadataCount * 2));
    }
    metadata[metadataCount++] = entry;
  }

  /// Whether nothing was added.
  public boolean isEmpty() {
    return seriesCount == 0 && metadataCount == 0;
  }

  public TenantId tenant() {
    return tenant;
  }

  public long senderId() {
    return senderId;
  }

  public long receiverIncarnation() {
    return receiverIncarnation;
  }

  public int seriesCount() {
    return seriesCount;
  }

  public long ref(int series) {
    return refs[series];
  }

  /// The array that [#labelsStart] and [#labelsEnd] refer to.
  public byte[] labelBytes() {
    return labelBytes;
  }

  public int labelsStart(int series) {
    return series == 0 ? 0 : labelsEnd[series - 1];
  }

  public int labelsEnd(int series) {
    return labelsEnd[series];
  }

  public int sampleStart(int series) {
    return series == 0 ? 0 : sampleEnd[series - 1];
  }

  public int sampleEnd(int series) {
    return sampleEnd[series];
  }

  public int sampleCount() {
    return sampleCount;
  }

  public long[] timestampsMs() {
    return timestampsMs;
  }

  /// Raw bits of the values: NaN payloads (stale markers among them) must survive.
  public long[] valueBits() {
    return valueBits;
  }

  /// Since when float samples count, by their index.
  public StartColumn starts() {
    return starts;
  }

  /// Since when histogram samples count, by their index.
  public StartColumn histogramStarts() {
    return histogramStarts;
  }

  /// Whether it is known of any sample since when it counts.
  public boolean hasStarts() {
    return !starts.isEmpty() || !histogramStarts.isEmpty();
  }

  public int histogramCount() {
    return histogramCount;
  }

  public int histogramSeries(int index) {
    return histogramSeries[index];
  }

  public long histogramTimestampMs(int index) {
    return histogramTimestampsMs[index];
  }

  public NativeHistogram histogram(int index) {
    return histograms[index];
  }

  public int exemplarCount() {
    return exemplarCount;
  }

  public int exemplarSeries(int index) {
    return exemplarSeries[index];
  }

  public long exemplarTimestampMs(int index) {
    return exemplarTimestampsMs[index];
  }

  public long exemplarValueBits(int index) {
    return exemplarValueBits[index];
  }

  public Labels exemplarLabels(int index) {
    return exemplarLabels[index];
  }

  public int metadataCount() {
    return metadataCount;
  }

  public MetricMetadata metadata(int index) {
    return metadata[index];
  }

  private void growSeries() {
    int room = refs.length * 2;
    refs = Arrays.copyOf(refs, room);
    labelsEnd = Arrays.copyOf(labelsEnd, room);
    sampleEnd = Arrays.copyOf(sampleEnd, room);
  }

  private void growSamples() {
    int room = timestampsMs.length * 2;
    timestampsMs = Arrays.copyOf(timestampsMs, room);
    valueBits = Arrays.copyOf(valueBits, room);
  }
}
