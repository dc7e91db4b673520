package io.pallium.tsdb.head;

import io.pallium.chunk.ChunkEncoding;
import io.pallium.chunk.HistogramCodec;
import io.pallium.chunk.XorCodec;
import io.pallium.model.NativeHistogram;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// The samples of one captured series that came out of order, on their way to where they belong.
/// What is decoded is reserved before. Confined.
final class OutOfOrderMerge {
  private static final int BYTES_PER_SAMPLE = 64;

  private final QueryControl control;
  private final List<OutOfOrderSample> samples = new ArrayList<>();
  private long reservedBytes;
  private int next;

  OutOfOrderMerge(QueryControl control) {
    this.control = control;
  }

  /// Decodes all that was captured out of order.
  void load(CapturedSeries captured) {
    for (int chunk = captured.inOrderCount(); chunk < captured.chunkCount(); chunk++) {
      captured.load(chunk);
      decode(captured.encoding(chunk), captured, captured.lengthBytes(chunk));
    }
    samples.addAll(captured.outOfOrder());
    samples.sort(Comparator.comparingLong(OutOfOrderSample::timestampMs));
    control.addSamplesRead(samples.size());
  }

  /// Gives the reserved memory back.
  void release() {
    control.budget().release(reservedBytes);
    reservedBytes = 0;
    samples.clear();
    next = 0;
  }

  /// Puts the samples up to a time between those of a column from an index on. Where the column has
  /// one at the same time, that stays.
  void mergeInto(SampleColumn into, int from, long minTimeMs, long upToMs) {
    while (next < samples.size() && samples.get(next).timestampMs() < minTimeMs) {
      next++;
    }
    if (next == samples.size() || samples.get(next).timestampMs() > upToMs) {
      return;
    }
    List<OutOfOrderSample> inOrder = take(into, from);
    int at = 0;
    while (next < samples.size() && samples.get(next).timestampMs() <= upToMs) {
      OutOfOrderSample sample = samples.get(next++);
      while (at < inOrder.size() && inOrder.get(at).timestampMs() <= sample.timestampMs()) {
        add(into, from, inOrder.get(at++));
      }
      add(into, from, sample);
    }
    while (at < inOrder.size()) {
      add(into, from, inOrder.get(at++));
    }
  }

  private static List<OutOfOrderSample> take(SampleColumn into, int from) {
    List<OutOfOrderSample> taken = new ArrayList<>();
    for (int i = from; i < into.size(); i++) {
      taken.add(
          new OutOfOrderSample(
              into.timestampsMs()[i],
              Double.doubleToRawLongBits(into.values()[i]),
              into.histogram(i)));
    }
    into.setSize(from);
    return taken;
  }

  private static void add(SampleColumn into, int from, OutOfOrderSample sample) {
    long timestampMs = sample.timestampMs();
    if (into.size() > from && into.timestampsMs()[into.size() - 1] == timestampMs) {
      return;
    }
    NativeHistogram histogram = sample.histogram();
    if (histogram == null) {
      into.add(timestampMs, Double.longBitsToDouble(sample.bits()));
    } else {
      into.add(timestampMs, histogram);
    }
  }

  private void decode(int encoding, CapturedSeries captured, int lengthBytes) {
    byte[] source = captured.source();
    int offset = captured.offset();
    boolean isFloat = encoding == ChunkEncoding.XOR;
    int count =
        isFloat
            ? XorCodec.sampleCount(source, offset, lengthBytes)
            : HistogramCodec.sampleCount(source, offset, lengthBytes);
    long bytes = (long) BYTES_PER_SAMPLE * count;
    control.budget().reserve(bytes);
    reservedBytes += bytes;
    long[] timestampsMs = new long[count];
    double[] values = new double[count];
    NativeHistogram[] histograms = new NativeHistogram[isFloat ? 0 : count];
    if (isFloat) {
      XorCodec.decode(source, offset, lengthBytes, timestampsMs, values, 0);
    } else {
      HistogramCodec.decode(encoding, source, offset, lengthBytes, timestampsMs, histograms, 0);
    }
    for (int i = 0; i < count; i++) {
      samples.add(
          new OutOfOrderSample(
              timestampsMs[i],
              Double.doubleToRawLongBits(values[i]),
              isFloat ? null : histograms[i]));
    }
  }
}
