package io.pallium.model;

import io.pallium.base.CorruptDataException;
import io.pallium.base.HotPath;
import io.pallium.base.TenantMissingException;

/// Turns a [WriteBatch] into bytes for another process and back, bit for bit. Confined to one
/// thread; the object keeps its buffers for the next call.
///
/// Source: docs/formats/write-batch.md.
@HotPath
public final class WriteBatchCodec {
  private static final int VERSION = 1;
  private static final int STARTS = 1;
  private static final String WHAT = "a write batch";
  private static final MetricType[] TYPES = MetricType.values();

  private final ByteWriter out = new ByteWriter();
  private final ByteWriter section = new ByteWriter();

  /// Encodes a batch.
  ///
  /// @return a new array
  public byte[] encode(WriteBatch batch) {
    out.reset();
    out.putByte(VERSION);
    out.putByte(batch.hasStarts() ? STARTS : 0);
    out.putLong(batch.senderId());
    out.putLong(batch.receiverIncarnation());
    out.putText(batch.tenant().value());
    out.putVarint(batch.seriesCount());
    putRefs(batch);
    putLabels(batch);
    putSampleCounts(batch);
    putTimestamps(batch);
    putValues(batch);
    putHistograms(batch);
    putExemplars(batch);
    putMetadata(batch);
    if (batch.hasStarts()) {
      putStarts(batch.starts(), batch.sampleCount());
      putStarts(batch.histogramStarts(), batch.histogramCount());
    }
    return out.toBytes();
  }

  /// Reads a batch, from exactly `source[offset, offset + lengthBytes)`.
  ///
  /// @param target is reset and filled; its content is undefined after a failure
  /// @throws CorruptDataException if the bytes are not a write batch of a version that is known
  public void decode(byte[] source, int offset, int lengthBytes, WriteBatch target) {
    ByteReader in = new ByteReader(WHAT, source, offset, lengthBytes);
    int version = in.readByte();
    if (version != VERSION) {
      throw in.corrupt("version " + version + " is not known");
    }
    int flags = in.readByte();
    if ((flags & ~STARTS) != 0) {
      throw in.corrupt("flags " + flags + " are not known");
    }
    long senderId = in.readLong();
    long incarnation = in.readLong();
    target.reset(readTenant(in)).session(senderId, incarnation);
    int seriesCount = in.readCount(1);
    new Sections(in, target).read(seriesCount);
    if ((flags & STARTS) != 0) {
      readStarts(in.readSection(), target.starts(), target.sampleCount());
      readStarts(in.readSection(), target.histogramStarts(), target.histogramCount());
    }
    in.requireEnd();
  }

  private static void readStarts(ByteReader section, StartColumn starts, int count) {
    if (section.isAtEnd()) {
      return;
    }
    long startMs = 0;
    for (int i = 0; i < count; i++) {
      startMs += section.readSigned();
      starts.set(i, startMs);
    }
    section.requireEnd();
  }

  private static TenantId readTenant(ByteReader in) {
    String id = in.readText();
    try {
      return new TenantId(id);
    } catch (TenantMissingException e) {
      throw new CorruptDataException("a write batch is corrupt: its tenant is not valid", e);
    }
  }

  private void putRefs(WriteBatch batch) {
    long previous = 0;
    for (int i = 0; i < batch.seriesCount(); i++) {
      long ref = batch.ref(i);
      section.putSigned(ref - previous);
      previous = ref;
    }
    out.putSection(section);
  }

  private void putLabels(WriteBatch batch) {
    int previous = -1;
    for (int i = 0; i < batch.seriesCount(); i++) {
      int from = batch.labelsStart(i);
      int length = batch.labelsEnd(i) - from;
      if (length > 0) {
        section.putVarint(i - previous);
        section.putVarint(length);
        section.putBytes(batch.labelBytes(), from, length);
        previous = i;
      }
    }
    out.putSection(section);
  }

  private void putSampleCounts(WriteBatch batch) {
    int from = 0;
    while (from < batch.seriesCount()) {
      int count = batch.sampleEnd(from) - batch.sampleStart(from);
      int to = from + 1;
      while (to < batch.seriesCount() && batch.sampleEnd(to) - batch.sampleStart(to) == count) {
        to++;
      }
      section.putVarint(to - from);
      section.putVarint(count);
      from = to;
    }
    out.putSection(section);
  }

  private void putTimestamps(WriteBatch batch) {
    long[] timestampsMs = batch.timestampsMs();
    long previous = 0;
    for (int i = 0; i < batch.sampleCount(); i++) {
      section.putSigned(timestampsMs[i] - previous);
      previous = timestampsMs[i];
    }
    out.putSection(section);
  }

  private void putValues(WriteBatch batch) {
    long[] valueBits = batch.valueBits();
    for (int i = 0; i < batch.sampleCount(); i++) {
      section.putLong(valueBits[i]);
    }
    out.putSection(section);
  }

  private void putHistograms(WriteBatch batch) {
    int series = 0;
    long timestampMs = 0;
    for (int i = 0; i < batch.histogramCount(); i++) {
      section.putVarint(batch.histogramSeries(i) - series);
      section.putSigned(batch.histogramTimestampMs(i) - timestampMs);
      section.putHistogram(batch.histogram(i));
      series = batch.histogramSeries(i);
      timestampMs = batch.histogramTimestampMs(i);
    }
    out.putSection(section);
  }

  private void putExemplars(WriteBatch batch) {
    int series = 0;
    long timestampMs = 0;
    for (int i = 0; i < batch.exemplarCount(); i++) {
      byte[] labels = batch.exemplarLabels(i).bytes();
      section.putVarint(batch.exemplarSeries(i) - series);
      section.putSigned(batch.exemplarTimestampMs(i) - timestampMs);
      section.putLong(batch.exemplarValueBits(i));
      section.putVarint(labels.length);
      section.putBytes(labels, 0, labels.length);
      series = batch.exemplarSeries(i);
      timestampMs = batch.exemplarTimestampMs(i);
    }
    out.putSection(section);
  }

  private void putMetadata(WriteBatch batch) {
    for (int i = 0; i < batch.metadataCount(); i++) {
      MetricMetadata entry = batch.metadata(i);
      section.putByte(entry.type().ordinal());
      section.putText(entry.family());
      section.putText(entry.help());
      section.putText(entry.unit());
    }
    out.putSection(section);
  }

  /// An empty section if no start is known.
  private void putStarts(StartColumn starts, int count) {
    long previous = 0;
    for (int i = 0; i < count && !starts.isEmpty(); i++) {
      section.putSigned(starts.get(i) - previous);
      previous = starts.get(i);
    }
    out.putSection(section);
  }

  /// The sections of one batch, read side by side, series by series.
  private static final class Sections {
    private final WriteBatch target;
    private final ByteReader refs;
    private final ByteReader labels;
    private final ByteReader sampleCounts;
    private final ByteReader timestamps;
    private final ByteReader values;
    private final ByteReader histograms;
    private final ByteReader exemplars;
    private final ByteReader metadata;

    private int seriesCount;
    private long ref;
    private int nextLabelled = -1;
    private int runLeft;
    private int runSamples;
    private long timestampMs;
    private int nextHistogram;
    private long histogramTimestampMs;
    private int nextExemplar;
    private long exemplarTimestampMs;

    Sections(ByteReader in, WriteBatch target) {
      this.target = target;
      refs = in.readSection();
      labels = in.readSection();
      sampleCounts = in.readSection();
      timestamps = in.readSection();
      values = in.readSection();
      histograms = in.readSection();
      exemplars = in.readSection();
      metadata = in.readSection();
    }

    void read(int count) {
      seriesCount = count;
      moveToNextLabelled();
      nextHistogram = nextSeries(histograms, 0);
      nextExemplar = nextSeries(exemplars, 0);
      for (int series = 0; series < count; series++) {
        addSeries(series);
        addSamples();
        while (nextHistogram == series) {
          addHistogram(series);
        }
        while (nextExemplar == series) {
          addExemplar(series);
        }
      }
      while (!metadata.isAtEnd()) {
        addMetadata();
      }
      refs.requireEnd();
      labels.requireEnd();
      sampleCounts.requireEnd();
      timestamps.requireEnd();
      values.requireEnd();
      histograms.requireEnd();
      exemplars.requireEnd();
    }

    private void addSeries(int series) {
      ref += refs.readSigned();
      if (nextLabelled != series) {
        if (ref == WriteBatch.NO_REF) {
          throw refs.corrupt("series " + series + " has neither ref nor labels");
        }
        target.addSeries(ref);
        return;
      }
      int from = labels.readLabels();
      if (from == labels.position()) {
        throw labels.corrupt("series " + series + " has empty labels");
      }
      target.addSeries(ref, labels.source(), from, labels.position() - from);
      moveToNextLabelled();
    }

    private void moveToNextLabelled() {
      if (labels.isAtEnd()) {
        nextLabelled = seriesCount;
        return;
      }
      int step = labels.readInt(seriesCount);
      if (step == 0) {
        throw labels.corrupt("a series has labels twice");
      }
      nextLabelled = inRange(labels, nextLabelled + step);
    }

    private void addSamples() {
      if (runLeft == 0) {
        runLeft = sampleCounts.readInt(seriesCount);
        runSamples = sampleCounts.readInt(values.left() / Long.BYTES);
        if (runLeft == 0) {
          throw sampleCounts.corrupt("a run of no series");
        }
      }
      runLeft--;
      for (int i = 0; i < runSamples; i++) {
        timestampMs += timestamps.readSigned();
        target.addSample(timestampMs, values.readLong());
      }
    }

    private void addHistogram(int series) {
      histogramTimestampMs += histograms.readSigned();
      int from = histograms.readSlice();
      target.addHistogram(
          histogramTimestampMs,
          NativeHistogramCodec.decode(histograms.source(), from, histograms.position() - from));
      nextHistogram = nextSeries(histograms, series);
    }

    private void addExemplar(int series) {
      exemplarTimestampMs += exemplars.readSigned();
      long bits = exemplars.readLong();
      int from = exemplars.readLabels();
      target.addExemplar(
          exemplarTimestampMs,
          bits,
          Labels.ofCanonical(exemplars.source(), from, exemplars.position() - from));
      nextExemplar = nextSeries(exemplars, series);
    }

    private void addMetadata() {
      int type = metadata.readByte();
      if (type >= TYPES.length) {
        throw metadata.corrupt("metric type " + type + " is not known");
      }
      target.addMetadata(
          new MetricMetadata(
              metadata.readText(), TYPES[type], metadata.readText(), metadata.readText()));
    }

    /// The series of the next entry of a section; the number of series if there is none.
    private int nextSeries(ByteReader entries, int series) {
      return entries.isAtEnd()
          ? seriesCount
          : inRange(entries, series + entries.readInt(seriesCount));
    }

    private int inRange(ByteReader in, int series) {
      if (series >= seriesCount) {
        throw in.corrupt("series " + series + " of " + seriesCount);
      }
      return series;
    }
  }
}
