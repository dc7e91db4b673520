package io.pallium.tsdb.log;

import static io.pallium.tsdb.log.LogLayout.INT_LE;
import static io.pallium.tsdb.log.LogLayout.LONG_BE;
import static io.pallium.tsdb.log.LogLayout.LONG_LE;
import static io.pallium.tsdb.log.LogLayout.RECORD_HEADER;

import io.pallium.base.HotPath;
import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogramCodec;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/// Encodes one record of the log at a time. Use: one of [#beginBatch], [#tenant] and
/// [#tenantDeleted], then what belongs into a batch in any order, then [#finish], then
/// [WriteLog#append]; after that the writer is free for the next record.
///
/// Confined to one thread and made to be kept by it: it keeps its room and allocates nothing per
/// sample. A sample costs a few nanoseconds, and typically 3 to 9 bytes before they are compressed.
///
/// Source: docs/formats/wal.md.
@HotPath
public final class LogRecordWriter {
  /// The most bytes that the start timestamp of a sample takes.
  public static final int MAX_START_BYTES = 3 * ByteColumn.MAX_VARINT;

  private static final int MAX_VALUE_BYTES = Long.BYTES;
  private static final int KEPT_ROOM_BYTES = 4 << 20;

  private final ByteColumn record = new ByteColumn(4096);
  private final ByteColumn series = new ByteColumn(1024);
  private final ByteColumn refs = new ByteColumn(1024);
  private final ByteColumn times = new ByteColumn(256);
  private final ByteColumn sizes = new ByteColumn(512);
  private final ByteColumn values = new ByteColumn(4096);
  private final StartRuns starts = new StartRuns();
  private final ByteColumn histograms = new ByteColumn(256);
  private final StartRuns histogramStarts = new StartRuns();
  private final ByteColumn lates = new ByteColumn(256);
  private final StartRuns lateStarts = new StartRuns();
  private final ByteColumn lateHistograms = new ByteColumn(256);
  private final StartRuns lateHistogramStarts = new StartRuns();
  private final ByteColumn exemplars = new ByteColumn(256);
  private final ByteColumn metadata = new ByteColumn(256);
  private final ByteColumn tombstones = new ByteColumn(256);
  private final ByteColumn chunks = new ByteColumn(256);
  private final ByteColumn compressed = new ByteColumn(4096);
  private final RecordCompression compression = new RecordCompression();
  private final CRC32C crc = new CRC32C();

  private ByteColumn finished = record;
  private int type;
  private long tenantNumber;
  private boolean isFinished;

  private int seriesCount;
  private long seriesRef;

  private int sampleCount;
  private long sampleRef;
  private long sampleTimeMs;
  private long runDelta;
  private long runLength;

  private int histogramCount;
  private long histogramRef;
  private long histogramTimeMs;

  private int lateCount;
  private long lateRef;
  private long lateTimeMs;

  private int lateHistogramCount;
  private long lateHistogramRef;
  private long lateHistogramTimeMs;

  private int exemplarCount;
  private long exemplarRef;
  private long exemplarTimeMs;

  private int metadataCount;

  private int tombstoneCount;
  private long tombstoneRef;

  private int chunksCount;
  private long chunksRef;

  private long minTimeMs;
  private long maxTimeMs;
  private long maxRef;

  /// Starts a BATCH record.
  ///
  /// @param number the tenant's number, which a TENANT record has introduced
  public LogRecordWriter beginBatch(long number) {
    begin(LogLayout.BATCH);
    tenantNumber = number;
    record.putVarint(number);
    return this;
  }

  /// Writes a whole TENANT record, but for [#finish].
  ///
  /// @param number from 1, never given out before
  /// @param incarnation grows each time that a tenant of this name is created
  public LogRecordWriter tenant(long number, long incarnation, String name) {
    begin(LogLayout.TENANT);
    tenantNumber = number;
    record.putVarint(number);
    record.putVarint(incarnation);
    putText(record, name);
    return this;
  }

  /// Writes a whole TENANT_DELETED record, but for [#finish].
  public LogRecordWriter tenantDeleted(long number) {
    begin(LogLayout.TENANT_DELETED);
    tenantNumber = number;
    record.putVarint(number);
    return this;
  }

  LogRecordWriter checkpointStart(long maxSeriesRef, long maxTenantNumber) {
    begin(LogLayout.CHECKPOINT_START);
    record.putVarint(maxSeriesRef);
    record.putVarint(maxTenantNumber);
    return this;
  }

  LogRecordWriter checkpointSegment(LogSegment segment) {
    begin(LogLayout.CHECKPOINT_SEGMENT);
    record.putVarint(segment.number());
    record.putVarint(segment.endPosition());
    segment.maxTimesMs().forEach(this::putNewest);
    return this;
  }

  private void putNewest(long number, long newestMs) {
    record.putVarint(number);
    record.putZigZag(newestMs);
  }

  LogRecordWriter checkpointEnd(long recordCount) {
    begin(LogLayout.CHECKPOINT_END);
    record.putVarint(recordCount);
    return this;
  }

  /// Defines a series: the ref (from 1, never given out before) and its canonical label bytes,
  /// which are copied.
  public void series(long ref, byte[] labels, int offset, int lengthBytes) {
    series.putZigZag(ref - seriesRef);
    series.putString(labels, offset, lengthBytes);
    seriesRef = ref;
    maxRef = Math.max(maxRef, ref);
    seriesCount++;
  }

  /// Adds a float sample.
  public void sample(long ref, long timestampMs, long valueBits) {
    refs.putZigZag(ref - sampleRef);
    sampleRef = ref;
    long delta = timestampMs - sampleTimeMs;
    sampleTimeMs = timestampMs;
    if (delta != runDelta || runLength == 0) {
      startRun(delta, timestampMs);
    }
    runLength++;
    maxRef = Math.max(maxRef, ref);
    if (delta != 0) {
      minTimeMs = Math.min(minTimeMs, timestampMs);
      maxTimeMs = Math.max(maxTimeMs, timestampMs);
    }
    putValue(valueBits);
  }

  /// Says since when the float sample that was added last counts.
  ///
  /// @param startMs 0 if that is not known
  public void start(long startMs) {
    starts.add(sampleCount - 1, startMs);
  }

  /// Adds a histogram sample.
  ///
  /// @param startMs since when it counts; 0 if that is not known
  public void histogram(long ref, long timestampMs, NativeHistogram histogram, long startMs) {
    histogramStarts.add(histogramCount, startMs);
    histograms.putZigZag(ref - histogramRef);
    histograms.putZigZag(timestampMs - histogramTimeMs);
    histogramRef = ref;
    histogramTimeMs = timestampMs;
    note(ref, timestampMs);
    putHistogram(histograms, histogram);
    histogramCount++;
  }

  /// Adds a float sample that is older than the newest of its series.
  ///
  /// @param startMs since when it counts; 0 if that is not known
  public void outOfOrderSample(long ref, long timestampMs, long valueBits, long startMs) {
    lateStarts.add(lateCount, startMs);
    lates.putZigZag(ref - lateRef);
    lates.putZigZag(timestampMs - lateTimeMs);
    lates.putLong(valueBits);
    lateRef = ref;
    lateTimeMs = timestampMs;
    note(ref, timestampMs);
    lateCount++;
  }

  /// Adds a histogram sample that is older than the newest of its series.
  ///
  /// @param startMs since when it counts; 0 if that is not known
  public void outOfOrderHistogram(
      long ref, long timestampMs, NativeHistogram histogram, long startMs) {
    lateHistogramStarts.add(lateHistogramCount, startMs);
    lateHistograms.putZigZag(ref - lateHistogramRef);
    lateHistograms.putZigZag(timestampMs - lateHistogramTimeMs);
    lateHistogramRef = ref;
    lateHistogramTimeMs = timestampMs;
    note(ref, timestampMs);
    putHistogram(lateHistograms, histogram);
    lateHistogramCount++;
  }

  /// Adds an exemplar.
  public void exemplar(long ref, long timestampMs, long valueBits, Labels labels) {
    exemplars.putZigZag(ref - exemplarRef);
    exemplars.putZigZag(timestampMs - exemplarTimeMs);
    exemplars.putLong(valueBits);
    exemplars.putString(labels.bytes(), 0, labels.bytes().length);
    exemplarRef = ref;
    exemplarTimeMs = timestampMs;
    maxRef = Math.max(maxRef, ref);
    exemplarCount++;
  }

  /// Adds what the tenant says about a metric family.
  public void metadata(MetricMetadata entry) {
    putText(metadata, entry.family());
    metadata.putByte(entry.type().ordinal());
    putText(metadata, entry.help());
    putText(metadata, entry.unit());
    metadataCount++;
  }

  /// Adds that samples of a series are deleted, in `[fromMs, toMs]`.
  public void tombstone(long ref, long fromMs, long toMs) {
    tombstones.putZigZag(ref - tombstoneRef);
    tombstones.putZigZag(fromMs);
    tombstones.putVarint(toMs - fromMs);
    tombstoneRef = ref;
    maxRef = Math.max(maxRef, ref);
    tombstoneCount++;
  }

  /// Adds where the samples of a series are; only in a checkpoint.
  void chunks(long ref, SeriesChunks entry) {
    chunks.putZigZag(ref - chunksRef);
    chunks.putVarint(entry.inOrderCount());
    chunks.putVarint(entry.positions().length - entry.inOrderCount());
    long position = 0;
    long timeMs = 0;
    for (int i = 0; i < entry.positions().length; i++) {
      chunks.putZigZag(entry.positions()[i] - position);
      chunks.putZigZag(entry.maxTimesMs()[i] - timeMs);
      position = entry.positions()[i];
      timeMs = entry.maxTimesMs()[i];
    }
    chunks.putByte(entry.encoding());
    chunks.putString(entry.open(), 0, entry.open().length);
    chunksRef = ref;
    maxRef = Math.max(maxRef, ref);
    chunksCount++;
  }

  /// Whether nothing was added to the batch since [#beginBatch].
  public boolean isEmpty() {
    return seriesCount == 0
        && sampleCount == 0
        && histogramCount == 0
        && lateCount == 0
        && lateHistogramCount == 0
        && exemplarCount == 0
        && metadataCount == 0
        && tombstoneCount == 0
        && chunksCount == 0;
  }

  /// The bytes that the record has or will have, a little rounded up: to reserve room for it.
  public long sizeBytes() {
    return 128L
        + record.length
        + series.length
        + refs.length
        + times.length
        + sizes.length
        + values.length
        + starts.sizeBytes()
        + histograms.length
        + histogramStarts.sizeBytes()
        + lates.length
        + lateStarts.sizeBytes()
        + lateHistograms.length
        + lateHistogramStarts.sizeBytes()
        + exemplars.length
        + metadata.length
        + tombstones.length
        + chunks.length;
  }

  /// An upper bound of the size of a batch, to reserve room before it is encoded.
  ///
  /// @param variableBytes the bytes of labels, histograms, exemplars, metadata and start timestamps
  ///   together
  public static long maxSizeBytes(long seriesCount, long sampleCount, long variableBytes) {
    return 256 + variableBytes + 20 * seriesCount + 40 * sampleCount;
  }

  /// Ends the record, so that it can be appended.
  public LogRecordWriter finish() {
    if (type == LogLayout.BATCH) {
      putSection(LogLayout.SERIES, seriesCount, series);
      putSection(LogLayout.CHUNKS, chunksCount, chunks);
      starts.putTo(record);
      if (sampleCount > 0) {
        putSamples();
      }
      histogramStarts.putTo(record);
      putSection(LogLayout.HISTOGRAMS, histogramCount, histograms);
      lateStarts.putTo(record);
      putSection(LogLayout.OUT_OF_ORDER_SAMPLES, lateCount, lates);
      lateHistogramStarts.putTo(record);
      putSection(LogLayout.OUT_OF_ORDER_HISTOGRAMS, lateHistogramCount, lateHistograms);
      putSection(LogLayout.EXEMPLARS, exemplarCount, exemplars);
      putSection(LogLayout.METADATA, metadataCount, metadata);
      putSection(LogLayout.TOMBSTONES, tombstoneCount, tombstones);
    }
    int payload = record.length - RECORD_HEADER;
    if (payload > LogLayout.MAX_PAYLOAD_BYTES) {
      throw new IllegalStateException(
          "a log record has "
              + payload
              + " bytes, the limit is "
              + LogLayout.MAX_PAYLOAD_BYTES
              + "; write smaller batches");
    }
    finished = record;
    int flags = 0;
    if (compression.deflate(record.bytes, RECORD_HEADER, payload, compressed)) {
      finished = compressed;
      flags = LogLayout.LZ4;
    }
    putHeader(finished.bytes, finished.length - RECORD_HEADER, flags);
    isFinished = true;
    return this;
  }

  private void putHeader(byte[] bytes, int payload, int flags) {
    INT_LE.set(bytes, LogLayout.RECORD_LENGTH, payload);
    crc.reset();
    crc.update(bytes, RECORD_HEADER, payload);
    INT_LE.set(bytes, LogLayout.RECORD_CRC, (int) crc.getValue());
    bytes[LogLayout.RECORD_TYPE] = (byte) type;
    bytes[LogLayout.RECORD_VERSION] = LogLayout.VERSION;
    bytes[LogLayout.RECORD_FLAGS] = (byte) flags;
    bytes[LogLayout.RECORD_FLAGS + 1] = 0;
    crc.reset();
    crc.update(bytes, 0, LogLayout.RECORD_CHECK);
    // Not yet masked: the position is known when the log takes the record.
    INT_LE.set(bytes, LogLayout.RECORD_CHECK, (int) crc.getValue());
  }

  /// The record's bytes, valid until the next begin; the header check is not masked yet.
  byte[] recordBytes() {
    if (!isFinished) {
      throw new IllegalStateException("the record is not finished");
    }
    return finished.bytes;
  }

  int recordLength() {
    return finished.length;
  }

  /// The tenant of the record, or 0 if it is about the log itself.
  long tenantNumber() {
    return tenantNumber;
  }

  /// The time of the oldest sample; over [#maxTimeMs] if there is none.
  long minTimeMs() {
    return minTimeMs;
  }

  long maxTimeMs() {
    return maxTimeMs;
  }

  /// The highest series ref in the record, or 0.
  long maxRef() {
    return maxRef;
  }

  private void begin(int newType) {
    type = newType;
    isFinished = false;
    record.reuse(KEPT_ROOM_BYTES);
    record.length = RECORD_HEADER;
    compressed.reuse(KEPT_ROOM_BYTES);
    compressed.length = RECORD_HEADER;
    series.reuse(KEPT_ROOM_BYTES);
    refs.reuse(KEPT_ROOM_BYTES);
    times.reuse(KEPT_ROOM_BYTES);
    sizes.reuse(KEPT_ROOM_BYTES);
    values.reuse(KEPT_ROOM_BYTES);
    starts.reuse(KEPT_ROOM_BYTES);
    histograms.reuse(KEPT_ROOM_BYTES);
    histogramStarts.reuse(KEPT_ROOM_BYTES);
    lates.reuse(KEPT_ROOM_BYTES);
    lateStarts.reuse(KEPT_ROOM_BYTES);
    lateHistograms.reuse(KEPT_ROOM_BYTES);
    lateHistogramStarts.reuse(KEPT_ROOM_BYTES);
    exemplars.reuse(KEPT_ROOM_BYTES);
    metadata.reuse(KEPT_ROOM_BYTES);
    tombstones.reuse(KEPT_ROOM_BYTES);
    chunks.reuse(KEPT_ROOM_BYTES);
    tenantNumber = 0;
    seriesCount = 0;
    seriesRef = 0;
    sampleCount = 0;
    sampleRef = 0;
    sampleTimeMs = 0;
    runDelta = 0;
    runLength = 0;
    histogramCount = 0;
    histogramRef = 0;
    histogramTimeMs = 0;
    lateCount = 0;
    lateRef = 0;
    lateTimeMs = 0;
    lateHistogramCount = 0;
    lateHistogramRef = 0;
    lateHistogramTimeMs = 0;
    exemplarCount = 0;
    exemplarRef = 0;
    exemplarTimeMs = 0;
    metadataCount = 0;
    tombstoneCount = 0;
    tombstoneRef = 0;
    chunksCount = 0;
    chunksRef = 0;
    minTimeMs = Long.MAX_VALUE;
    maxTimeMs = Long.MIN_VALUE;
    maxRef = 0;
  }

  private void note(long ref, long timestampMs) {
    maxRef = Math.max(maxRef, ref);
    minTimeMs = Math.min(minTimeMs, timestampMs);
    maxTimeMs = Math.max(maxTimeMs, timestampMs);
  }

  private static void putHistogram(ByteColumn target, NativeHistogram histogram) {
    target.ensure(NativeHistogramCodec.maxLengthBytes(histogram));
    target.length += NativeHistogramCodec.encode(histogram, target.bytes, target.length);
  }

  private void startRun(long delta, long timestampMs) {
    if (runLength > 0) {
      times.putZigZag(runDelta);
      times.putVarint(runLength);
    }
    runDelta = delta;
    runLength = 0;
    // Also for a first sample at time 0, whose difference is 0.
    minTimeMs = Math.min(minTimeMs, timestampMs);
    maxTimeMs = Math.max(maxTimeMs, timestampMs);
  }

  private void putValue(long bits) {
    values.ensure(MAX_VALUE_BYTES);
    int nibble = LogLayout.NIBBLE_BITS_MAX - (Long.numberOfTrailingZeros(bits) >>> 3);
    int length = nibble;
    double value = Double.longBitsToDouble(bits);
    long integer = (long) value;
    int integerLength = (71 - Long.numberOfLeadingZeros(integer)) >>> 3;
    if (integerLength < length
        && integer > 0
        && Double.doubleToRawLongBits((double) integer) == bits) {
      LONG_LE.set(values.bytes, values.length, integer);
      length = integerLength;
      nibble = LogLayout.NIBBLE_BITS_MAX + integerLength;
    } else {
      LONG_BE.set(values.bytes, values.length, bits);
    }
    values.length += length;
    if ((sampleCount & 1) == 0) {
      sizes.putByte(nibble);
    } else {
      sizes.bytes[sizes.length - 1] |= (byte) (nibble << 4);
    }
    sampleCount++;
  }

  private void putSamples() {
    startRun(0, sampleTimeMs);
    runLength = 0;
    long length =
        (long) ByteColumn.varintSize(sampleCount)
            + ByteColumn.varintSize(refs.length)
            + refs.length
            + ByteColumn.varintSize(times.length)
            + times.length
            + sizes.length
            + values.length;
    record.putByte(LogLayout.SAMPLES);
    record.putVarint(length);
    record.putVarint(sampleCount);
    record.putVarint(refs.length);
    record.putColumn(refs);
    record.putVarint(times.length);
    record.putColumn(times);
    record.putColumn(sizes);
    record.putColumn(values);
  }

  private void putSection(int section, int count, ByteColumn body) {
    if (count == 0) {
      return;
    }
    record.putByte(section);
    record.putVarint((long) ByteColumn.varintSize(count) + body.length);
    record.putVarint(count);
    record.putColumn(body);
  }

  private static void putText(ByteColumn target, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    target.putString(utf8, 0, utf8.length);
  }
}
