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

  /// What one chunk had.
  private static final class Span {
    final long fromMs;
    final long toMs;
    boolean isLastFound;

    Span(long fromMs, long toMs, boolean isLastKnown) {
      this.fromMs = fromMs;
      this.toMs = toMs;
      this.isLastFound = !isLastKnown;
    }
  }

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

    void noteFound(long timestampMs) {
      for (Span span : spans) {
        span.isLastFound |= span.toMs == timestampMs;
      }
    }

    void endChunk() {
      chunks.add(new Chunk(open.encoding(), open.cut()));
    }
  }

  /// Asks for the samples that a chunk of a series had in `[fromMs, toMs]`.
  ///
  /// @param isLastKnown whether it had one at `toMs`
  void want(long ref, long fromMs, long toMs, boolean isLastKnown) {
    byRef.computeIfAbsent(ref, _ -> new Series()).spans.add(new Span(fromMs, toMs, isLastKnown));
  }

  /// Whether anything of a series was asked for.
  boolean has(long ref) {
    return byRef.containsKey(ref);
  }

  /// The series that something was asked for of.
  int seriesCount() {
    return byRef.size();
  }

  /// What the log does not have either, so far as that can be told: the chunks whose last sample
  /// was not found.
  Missing missing() {
    long series = 0;
    long chunks = 0;
    long minMs = Long.MAX_VALUE;
    long maxMs = Long.MIN_VALUE;
    for (Series each : byRef.values()) {
      boolean isWhole = true;
      for (Span span : each.spans) {
        if (!span.isLastFound) {
          isWhole = false;
          chunks++;
          minMs = Math.min(minMs, span.fromMs);
          maxMs = Math.max(maxMs, span.toMs);
        }
      }
      series += isWhole ? 0 : 1;
    }
    return new Missing(series, chunks, minMs, maxMs);
  }

  /// @param minTimeMs from when on samples are missing
  /// @param maxTimeMs up to when they are
  record Missing(long series, long chunks, long minTimeMs, long maxTimeMs) {}

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
    series.noteFound(timestampMs);
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
      series.noteFound(sample.timestampMs());
      series.outOfOrder.add(sample);
    }
  }
}
