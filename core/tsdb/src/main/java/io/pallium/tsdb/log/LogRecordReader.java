package io.pallium.tsdb.log;

import static io.pallium.tsdb.log.LogLayout.LONG_BE;
import static io.pallium.tsdb.log.LogLayout.LONG_LE;

import io.pallium.base.HotPath;
import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.model.MetricType;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogramCodec;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Decodes the payload of a record whose checksum has been verified. Confined; afterwards the
/// fields say what the record was about.
///
/// Source: docs/formats/wal.md.
@HotPath
final class LogRecordReader {
  private static final MetricType[] METRIC_TYPES = MetricType.values();
  private static final int KEPT_ROOM_BYTES = 1 << 20;

  private final RecordCompression compression = new RecordCompression();
  private final ByteColumn inflated = new ByteColumn(4096);
  private final PayloadCursor cursor = new PayloadCursor();
  private final PayloadCursor section = new PayloadCursor();
  private final PayloadCursor refs = new PayloadCursor();
  private final PayloadCursor times = new PayloadCursor();

  /// The starts of the samples in the section that follows.
  private final StartRunsReader starts = new StartRunsReader();

  private final NativeHistogramCodec.Reader histograms = new NativeHistogramCodec.Reader();

  /// The tenant of the record, or 0.
  long tenantNumber;

  /// The time of the oldest sample; over [#maxTimeMs] if there is none.
  long minTimeMs;

  long maxTimeMs;

  /// The highest series ref and tenant number in the record, or 0.
  long maxRef;

  long maxTenantNumber;

  /// Float and histogram samples in the record.
  long sampleCount;

  /// Of a CHECKPOINT_END.
  long checkpointRecords;

  /// Of a CHECKPOINT_SEGMENT.
  @Nullable LogSegment checkpointSegment;

  /// Decodes a record and hands its content to the visitor.
  ///
  /// @param flags those of the record, of which only [LogLayout#LZ4] is known
  /// @throws CorruptDataException if it does not decode; the visitor may have got a part
  void read(
      int type,
      int flags,
      byte[] bytes,
      int offset,
      int lengthBytes,
      long position,
      LogVisitor visitor) {
    tenantNumber = 0;
    minTimeMs = Long.MAX_VALUE;
    maxTimeMs = Long.MIN_VALUE;
    maxRef = 0;
    maxTenantNumber = 0;
    sampleCount = 0;
    checkpointRecords = -1;
    checkpointSegment = null;
    if ((flags & LogLayout.LZ4) == 0) {
      cursor.reset(bytes, offset, lengthBytes);
    } else {
      inflated.reuse(KEPT_ROOM_BYTES);
      compression.inflate(bytes, offset, lengthBytes, inflated);
      cursor.reset(inflated.bytes, 0, inflated.length);
    }
    switch (type) {
      case LogLayout.BATCH -> readBatch(position, visitor);
      case LogLayout.TENANT -> {
        readTenantNumber();
        visitor.tenant(tenantNumber, cursor.readVarint(), cursor.readText());
      }
      case LogLayout.TENANT_DELETED -> {
        readTenantNumber();
        visitor.tenantDeleted(tenantNumber);
      }
      case LogLayout.CHECKPOINT_START -> {
        maxRef = cursor.readVarint();
        maxTenantNumber = cursor.readVarint();
      }
      case LogLayout.CHECKPOINT_END -> checkpointRecords = cursor.readVarint();
      case LogLayout.CHECKPOINT_SEGMENT -> readSegment();
      default -> throw PayloadCursor.malformed("unknown record type", type);
    }
  }

  private void readTenantNumber() {
    tenantNumber = cursor.readVarint();
    maxTenantNumber = tenantNumber;
  }

  private void readBatch(long position, LogVisitor visitor) {
    readTenantNumber();
    visitor.beginBatch(tenantNumber, position);
    starts.clear();
    try {
      while (!cursor.isAtEnd()) {
        readSection(visitor);
      }
      starts.requireEnd();
    } finally {
      visitor.endBatch();
    }
  }

  private void readSegment() {
    LogSegment segment = new LogSegment(cursor.readVarint(), cursor.readVarint());
    while (!cursor.isAtEnd()) {
      long number = cursor.readVarint();
      long newestMs = cursor.readZigZag();
      segment.addTimes(number, newestMs, newestMs);
    }
    checkpointSegment = segment;
  }

  private void readSection(LogVisitor visitor) {
    int type = cursor.readByte();
    int length = cursor.readLength();
    section.reset(cursor.bytes, cursor.skip(length), length);
    if (type == LogLayout.STARTS) {
      starts.reset(section.bytes, section.at, length);
      return;
    }
    switch (type) {
      case LogLayout.SERIES -> readSeries(visitor);
      case LogLayout.SAMPLES -> readSamples(visitor);
      case LogLayout.HISTOGRAMS, LogLayout.OUT_OF_ORDER_HISTOGRAMS ->
          readHistograms(type == LogLayout.OUT_OF_ORDER_HISTOGRAMS, visitor);
      case LogLayout.OUT_OF_ORDER_SAMPLES -> readOutOfOrderSamples(visitor);
      case LogLayout.EXEMPLARS -> readExemplars(visitor);
      case LogLayout.METADATA -> readMetadata(visitor);
      case LogLayout.TOMBSTONES -> readTombstones(visitor);
      case LogLayout.CHUNKS -> readChunks(visitor);
      default -> {
        // A section of a later version, or one that is reserved.
        starts.clear();
      }
    }
    starts.requireEnd();
  }

  private void readSeries(LogVisitor visitor) {
    int count = section.readCount(2);
    long ref = 0;
    for (int i = 0; i < count; i++) {
      ref += section.readZigZag();
      int length = section.readLength();
      visitor.series(ref, section.bytes, section.skip(length), length);
      maxRef = Math.max(maxRef, ref);
    }
  }

  private void readSamples(LogVisitor visitor) {
    int count = section.readCount(1);
    int refsLength = section.readLength();
    refs.reset(section.bytes, section.skip(refsLength), refsLength);
    int timesLength = section.readLength();
    times.reset(section.bytes, section.skip(timesLength), timesLength);
    int sizesAt = section.skip((count + 1) >>> 1);
    byte[] bytes = section.bytes;
    long ref = 0;
    long timestampMs = 0;
    long delta = 0;
    long run = 0;
    for (int i = 0; i < count; i++) {
      ref += refs.readZigZag();
      if (run == 0) {
        delta = times.readZigZag();
        run = times.readVarint();
        if (run <= 0) {
          throw PayloadCursor.malformed("run of times", run);
        }
      }
      run--;
      timestampMs += delta;
      int nibble = (bytes[sizesAt + (i >>> 1)] >>> ((i & 1) << 2)) & 0xF;
      visitor.sample(ref, timestampMs, readValue(nibble), starts.next());
      maxRef = Math.max(maxRef, ref);
      minTimeMs = Math.min(minTimeMs, timestampMs);
      maxTimeMs = Math.max(maxTimeMs, timestampMs);
    }
    sampleCount += count;
  }

  private long readValue(int nibble) {
    boolean isInteger = nibble > LogLayout.NIBBLE_BITS_MAX;
    int length = isInteger ? nibble - LogLayout.NIBBLE_BITS_MAX : nibble;
    int at = section.skip(length);
    byte[] bytes = section.bytes;
    if (at > bytes.length - Long.BYTES) {
      return readValueAtEnd(isInteger, at, length);
    }
    if (isInteger) {
      long integer = (long) LONG_LE.get(bytes, at) & (-1L >>> (64 - 8 * length));
      return Double.doubleToRawLongBits((double) integer);
    }
    return length == 0 ? 0 : (long) LONG_BE.get(bytes, at) & (-1L << (64 - 8 * length));
  }

  private long readValueAtEnd(boolean isInteger, int at, int length) {
    long value = 0;
    for (int i = 0; i < length; i++) {
      long next = section.bytes[at + i] & 0xFFL;
      value |= next << (isInteger ? 8 * i : 56 - 8 * i);
    }
    return isInteger ? Double.doubleToRawLongBits((double) value) : value;
  }

  private void readOutOfOrderSamples(LogVisitor visitor) {
    int count = section.readCount(10);
    long ref = 0;
    long timestampMs = 0;
    for (int i = 0; i < count; i++) {
      ref += section.readZigZag();
      timestampMs += section.readZigZag();
      visitor.outOfOrderSample(ref, timestampMs, section.readLong(), starts.next());
      note(ref, timestampMs);
    }
    sampleCount += count;
  }

  private void note(long ref, long timestampMs) {
    maxRef = Math.max(maxRef, ref);
    minTimeMs = Math.min(minTimeMs, timestampMs);
    maxTimeMs = Math.max(maxTimeMs, timestampMs);
  }

  private void readHistograms(boolean isOutOfOrder, LogVisitor visitor) {
    int count = section.readCount(2);
    long ref = 0;
    long timestampMs = 0;
    for (int i = 0; i < count; i++) {
      ref += section.readZigZag();
      timestampMs += section.readZigZag();
      histograms.reset(section.bytes, section.at, section.remaining());
      NativeHistogram histogram = histograms.read();
      section.at = histograms.position();
      if (isOutOfOrder) {
        visitor.outOfOrderHistogram(ref, timestampMs, histogram, starts.next());
      } else {
        visitor.histogram(ref, timestampMs, histogram, starts.next());
      }
      note(ref, timestampMs);
    }
    sampleCount += count;
  }

  private void readExemplars(LogVisitor visitor) {
    int count = section.readCount(2);
    long ref = 0;
    long timestampMs = 0;
    for (int i = 0; i < count; i++) {
      ref += section.readZigZag();
      timestampMs += section.readZigZag();
      long bits = section.readLong();
      int length = section.readLength();
      Labels labels = Labels.ofCanonical(section.bytes, section.skip(length), length);
      visitor.exemplar(ref, timestampMs, bits, labels);
      maxRef = Math.max(maxRef, ref);
    }
  }

  private void readTombstones(LogVisitor visitor) {
    int count = section.readCount(3);
    long ref = 0;
    for (int i = 0; i < count; i++) {
      ref += section.readZigZag();
      long fromMs = section.readZigZag();
      long toMs = fromMs + section.readVarint();
      if (toMs < fromMs) {
        throw PayloadCursor.malformed("end of a deleted span", toMs);
      }
      visitor.tombstone(ref, fromMs, toMs);
      maxRef = Math.max(maxRef, ref);
    }
  }

  private void readChunks(LogVisitor visitor) {
    int count = section.readCount(5);
    long ref = 0;
    for (int i = 0; i < count; i++) {
      ref += section.readZigZag();
      int inOrderCount = section.readCount(2);
      int chunkCount = inOrderCount + section.readCount(2);
      long[] positions = new long[chunkCount];
      long[] maxTimesMs = new long[chunkCount];
      long position = 0;
      long timeMs = 0;
      for (int k = 0; k < chunkCount; k++) {
        position += section.readZigZag();
        timeMs += section.readZigZag();
        positions[k] = position;
        maxTimesMs[k] = timeMs;
      }
      int encoding = section.readByte();
      int length = section.readLength();
      int start = section.skip(length);
      byte[] open = Arrays.copyOfRange(section.bytes, start, start + length);
      visitor.chunks(ref, new SeriesChunks(positions, maxTimesMs, inOrderCount, encoding, open));
      maxRef = Math.max(maxRef, ref);
    }
  }

  private void readMetadata(LogVisitor visitor) {
    int count = section.readCount(4);
    for (int i = 0; i < count; i++) {
      String family = section.readText();
      int type = section.readByte();
      String help = section.readText();
      String unit = section.readText();
      MetricType known = type < METRIC_TYPES.length ? METRIC_TYPES[type] : MetricType.UNKNOWN;
      visitor.metadata(new MetricMetadata(family, known, help, unit));
    }
  }
}
