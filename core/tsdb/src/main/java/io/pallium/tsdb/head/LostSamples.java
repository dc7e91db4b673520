package io.pallium.tsdb.head;

import io.pallium.chunk.ChunkAppender;
import io.pallium.chunk.ChunkSamples;
import io.pallium.model.NativeHistogram;
import io.pallium.tsdb.log.SilentVisitor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Collects the samples of chunks that cannot be read any more from the log, as chunks again. First
/// it is told what is wanted, then it reads the log, then it gives. Confined.
final class LostSamples extends SilentVisitor {
  private static final int MAX_CHUNK_SAMPLES = 120;

  private final Map<Long, Series> byRef = new HashMap<>();

  private record Span(long fromMs, long toMs) {}

  private record Chunk(int encoding, byte[] bytes) {}

  private static final class Series {
    final List<Span> spans = new ArrayList<>();
    final ChunkAppender open = new ChunkAppender(MAX_CHUNK_SAMPLES);
    final List<Chunk> chunks = new ArrayList<>();
    final List<OutOfOrderSample> outOfOrder = new ArrayList<>();
    long lastMs = Long.MIN_VALUE;

    boolean wants(long timestampMs) {
      for (Span span : spans) {
        if (timestampMs >= span.fromMs && timestampMs <= span.toMs) {
          return true;
        }
      }
      return false;
    }

    void endChunk() {
      chunks.add(new Chunk(open.encoding(), open.cut()));
    }
  }

  /// Asks for the samples of a series in `[fromMs, toMs]`.
  void want(long ref, long fromMs, long toMs) {
    byRef.computeIfAbsent(ref, _ -> new Series()).spans.add(new Span(fromMs, toMs));
  }

  /// Whether anything of a series was asked for.
  boolean has(long ref) {
    return byRef.containsKey(ref);
  }

  /// The series that something was asked for of.
  int seriesCount() {
    return byRef.size();
  }

  /// What was found of a series, in no order.
  List<OutOfOrderSample> of(long ref) {
    Series series = byRef.get(ref);
    if (series == null) {
      return List.of();
    }
    if (series.open.sampleCount() > 0) {
      series.endChunk();
    }
    List<OutOfOrderSample> found = new ArrayList<>(series.outOfOrder);
    ChunkSamples samples = new ChunkSamples();
    for (Chunk chunk : series.chunks) {
      samples.decode(chunk.encoding, chunk.bytes, 0, chunk.bytes.length);
      addTo(found, samples);
    }
    return found;
  }

  static void addTo(List<OutOfOrderSample> target, ChunkSamples samples) {
    for (int i = 0; i < samples.count(); i++) {
      target.add(
          new OutOfOrderSample(
              samples.timestampMs(i),
              Double.doubleToRawLongBits(samples.value(i)),
              samples.histogram(i),
              samples.startMs(i)));
    }
  }

  @Override
  public void sample(long ref, long timestampMs, long valueBits, long startMs) {
    add(ref, timestampMs, valueBits, null, startMs);
  }

  @Override
  public void histogram(long ref, long timestampMs, NativeHistogram histogram, long startMs) {
    add(ref, timestampMs, 0, histogram, startMs);
  }

  private void add(
      long ref,
      long timestampMs,
      long valueBits,
      @Nullable NativeHistogram histogram,
      long startMs) {
    Series series = byRef.get(ref);
    if (series == null || timestampMs <= series.lastMs || !series.wants(timestampMs)) {
      return;
    }
    series.lastMs = timestampMs;
    double value = Double.longBitsToDouble(valueBits);
    if (!series.open.append(timestampMs, value, histogram, startMs)) {
      series.endChunk();
      series.open.append(timestampMs, value, histogram, startMs);
    }
    if (series.open.sampleCount() == MAX_CHUNK_SAMPLES) {
      series.endChunk();
    }
  }

  @Override
  public void outOfOrderSample(long ref, long timestampMs, long valueBits, long startMs) {
    addOutOfOrder(ref, new OutOfOrderSample(timestampMs, valueBits, null, startMs));
  }

  @Override
  public void outOfOrderHistogram(
      long ref, long timestampMs, NativeHistogram histogram, long startMs) {
    addOutOfOrder(ref, new OutOfOrderSample(timestampMs, 0, histogram, startMs));
  }

  private void addOutOfOrder(long ref, OutOfOrderSample sample) {
    Series series = byRef.get(ref);
    if (series != null && series.wants(sample.timestampMs())) {
      series.outOfOrder.add(sample);
    }
  }
}
