package io.pallium.chunk;

import io.pallium.base.CorruptDataException;
import io.pallium.model.NativeHistogram;
import org.jspecify.annotations.Nullable;

/// The samples of one chunk, decoded from whatever encoding it has. Confined to one thread; made to
/// be kept for one chunk after the other.
public final class ChunkSamples {
  private long[] timestampsMs = new long[0];
  private double[] values = new double[0];
  private NativeHistogram[] histograms = new NativeHistogram[0];
  private long[] startsMs = new long[0];
  private int count;
  private boolean areFloats;
  private boolean haveStarts;

  /// Decodes a chunk; what was there before is gone.
  ///
  /// @throws CorruptDataException if the bytes are not a chunk; what is here then is undefined
  public ChunkSamples decode(int encoding, byte[] source, int offset, int lengthBytes) {
    areFloats = ChunkEncoding.isFloat(encoding);
    haveStarts = ChunkEncoding.hasStarts(encoding);
    ensureRoom(ChunkEncoding.sampleCount(encoding, source, offset, lengthBytes));
    count =
        switch (encoding) {
          case ChunkEncoding.XOR ->
              XorCodec.decode(source, offset, lengthBytes, timestampsMs, values, 0);
          case ChunkEncoding.XOR2 ->
              Xor2Codec.decode(source, offset, lengthBytes, timestampsMs, values, startsMs);
          default ->
              HistogramCodec.decode(
                  encoding, source, offset, lengthBytes, timestampsMs, histograms, startsMs);
        };
    return this;
  }

  public int count() {
    return count;
  }

  public long timestampMs(int index) {
    return timestampsMs[index];
  }

  /// The value of a float; 0 if the sample is a histogram.
  public double value(int index) {
    return areFloats ? values[index] : 0;
  }

  /// The histogram, or null if the sample is a float.
  public @Nullable NativeHistogram histogram(int index) {
    return areFloats ? null : histograms[index];
  }

  /// Since when the sample counts; 0 if that is not known.
  public long startMs(int index) {
    return haveStarts ? startsMs[index] : 0;
  }

  /// The index of a sample at a time, or -1.
  public int indexOf(long timestampMs) {
    int index = firstFrom(timestampMs);
    return index < count && timestampsMs[index] == timestampMs ? index : -1;
  }

  /// The index of the first sample that is not before a time; [#count] if there is none.
  public int firstFrom(long timestampMs) {
    int index = 0;
    while (index < count && timestampsMs[index] < timestampMs) {
      index++;
    }
    return index;
  }

  private void ensureRoom(int samples) {
    if (timestampsMs.length < samples) {
      timestampsMs = new long[Math.max(128, samples)];
    }
    int room = timestampsMs.length;
    if (areFloats && values.length < room) {
      values = new double[room];
    }
    if (!areFloats && histograms.length < room) {
      histograms = new NativeHistogram[room];
    }
    if (haveStarts && startsMs.length < room) {
      startsMs = new long[room];
    }
  }
}
