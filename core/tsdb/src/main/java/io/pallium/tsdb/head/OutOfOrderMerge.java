package io.pallium.tsdb.head;

import io.pallium.chunk.ChunkEncoding;
import io.pallium.chunk.ChunkSamples;
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
  private final ChunkSamples decoded = new ChunkSamples();
  private final List<OutOfOrderSample> samples = new ArrayList<>();
  private long reservedBytes;
  private int next;

  OutOfOrderMerge(QueryControl control) {
    this.control = control;
  }

  /// Decodes all that was captured out of order.
  void load(CapturedSeries captured) {
    for (int chunk = captured.inOrderCount(); chunk < captured.chunkCount(); chunk++) {
      decode(captured, chunk);
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
              into.histogram(i),
              into.startMs(i)));
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
      into.add(timestampMs, sample.value());
    } else {
      into.add(timestampMs, histogram);
    }
    into.setStart(sample.startMs());
  }

  private void decode(CapturedSeries captured, int chunk) {
    captured.load(chunk);
    int encoding = captured.encoding(chunk);
    byte[] source = captured.source();
    int lengthBytes = captured.lengthBytes(chunk);
    int count = ChunkEncoding.sampleCount(encoding, source, captured.offset(), lengthBytes);
    long bytes = (long) BYTES_PER_SAMPLE * count;
    control.budget().reserve(bytes);
    reservedBytes += bytes;
    decoded.decode(encoding, source, captured.offset(), lengthBytes);
    for (int i = 0; i < count; i++) {
      samples.add(
          new OutOfOrderSample(
              decoded.timestampMs(i),
              Double.doubleToRawLongBits(decoded.value(i)),
              decoded.histogram(i),
              decoded.startMs(i)));
    }
  }
}
