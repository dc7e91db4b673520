package io.pallium.chunk;

import io.pallium.model.NativeHistogram;
import org.jspecify.annotations.Nullable;

/// The open chunk of a series in the encoding that its samples need: floats and histograms apart,
/// start timestamps only where there are some. Confined to one thread.
///
/// A chunk of floats or histograms without start timestamps ends where the first one has it; those
/// without that follow go into the same chunk.
public final class ChunkAppender {
  private final int maxSamples;
  private @Nullable XorWriter floats;
  private @Nullable Xor2Writer startedFloats;
  private @Nullable HistogramWriter histograms;
  private @Nullable ChunkWriter open;
  private long minTimeMs;
  private long maxTimeMs;

  /// @param maxSamples after which a chunk is full
  public ChunkAppender(int maxSamples) {
    this.maxSamples = maxSamples;
  }

  /// Appends a sample, later than the one before.
  ///
  /// @param value of a float
  /// @param histogram null if the sample is a float; else valid ([NativeHistogram#validate])
  /// @param startMs since when it counts; 0 if that is not known
  /// @return false if it needs a new chunk and nothing has changed; after [#cut] it fits
  public boolean append(
      long timestampMs, double value, @Nullable NativeHistogram histogram, long startMs) {
    ChunkWriter writer = open == null ? writerOf(histogram, startMs) : open;
    if (writer.sampleCount() == maxSamples) {
      return false;
    }
    boolean isAppended =
        switch (writer) {
          case XorWriter plain ->
              histogram == null && startMs == 0 && plain.append(timestampMs, value);
          case Xor2Writer started ->
              histogram == null && started.append(timestampMs, value, startMs);
          case HistogramWriter histograms ->
              histogram != null && histograms.append(timestampMs, histogram, startMs);
        };
    if (isAppended) {
      minTimeMs = open == null ? timestampMs : minTimeMs;
      maxTimeMs = timestampMs;
      open = writer;
    }
    return isAppended;
  }

  /// The samples in the open chunk; 0 if there is none.
  public int sampleCount() {
    return open == null ? 0 : open.sampleCount();
  }

  /// The bytes of the open chunk so far; 0 if there is none.
  public int lengthBytes() {
    return open == null ? 0 : open.lengthBytes();
  }

  /// How the open chunk is encoded.
  public int encoding() {
    return present().encoding();
  }

  /// The time of the first sample in the open chunk; after [#cut] in the one that has ended.
  public long minTimeMs() {
    return minTimeMs;
  }

  /// The time of the last sample in the open chunk; after [#cut] in the one that has ended.
  public long maxTimeMs() {
    return maxTimeMs;
  }

  /// Copies the open chunk, which stays open; `target` has room for [#lengthBytes].
  public void copyTo(byte[] target, int offset) {
    present().copyTo(target, offset);
  }

  /// Ends the open chunk. A histogram that comes next is compared with the last one before.
  ///
  /// @return the ended chunk
  public byte[] cut() {
    byte[] chunk = present().cut();
    open = null;
    return chunk;
  }

  /// Says that the next sample does not follow those before: it is of another series, or there is a
  /// gap. There is no open chunk.
  public void forget() {
    if (histograms != null) {
      histograms.reset();
    }
  }

  private ChunkWriter present() {
    if (open == null) {
      throw new AssertionError("BUG: there is no open chunk");
    }
    return open;
  }

  private ChunkWriter writerOf(@Nullable NativeHistogram histogram, long startMs) {
    if (histogram != null) {
      histograms = histograms == null ? new HistogramWriter() : histograms;
      return histograms;
    }
    forget();
    if (startMs == 0) {
      floats = floats == null ? new XorWriter() : floats;
      return floats;
    }
    startedFloats = startedFloats == null ? new Xor2Writer() : startedFloats;
    return startedFloats;
  }
}
