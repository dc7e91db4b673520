package io.pallium.tsdb.block;

import io.pallium.base.CorruptDataException;
import io.pallium.chunk.ChunkEncoding;
import io.pallium.chunk.HistogramCodec;
import io.pallium.chunk.XorCodec;
import io.pallium.model.NativeHistogram;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;

/// The samples of one series of a block, a chunk per run. Confined to one thread.
final class BlockCursor implements SampleCursor {
  private final BlockReader block;
  private final ChunkSegments.Access chunks;
  private final ChunkPlaces places;
  private final long maxMs;
  private final QueryControl control;
  private long minMs;
  private int next;

  BlockCursor(BlockReader block, ChunkPlaces places, long minMs, long maxMs, QueryControl control) {
    this.block = block;
    this.chunks = block.chunks().access();
    this.places = places;
    this.minMs = minMs;
    this.maxMs = maxMs;
    this.control = control;
  }

  @Override
  public void skipTo(long timestampMs) {
    minMs = Math.max(minMs, timestampMs);
  }

  @Override
  public boolean nextRun(SampleColumn into) {
    while (next < places.count()) {
      int chunk = next++;
      if (places.maxMs(chunk) < minMs) {
        continue;
      }
      if (places.minMs(chunk) > maxMs) {
        return false;
      }
      control.check();
      int before = into.size();
      try {
        chunks.read(places.place(chunk));
        decode(into);
      } catch (CorruptDataException e) {
        into.setSize(before);
        throw e;
      } catch (InternalError e) {
        into.setSize(before);
        throw block.quarantine(e);
      }
      if (into.size() > before) {
        return true;
      }
    }
    return false;
  }

  private void decode(SampleColumn into) {
    int encoding = chunks.encoding();
    try {
      switch (encoding) {
        case ChunkEncoding.XOR -> decodeFloats(into);
        case ChunkEncoding.HISTOGRAM, ChunkEncoding.FLOAT_HISTOGRAM ->
            decodeHistograms(encoding, into);
        default -> throw new CorruptDataException("has the unknown encoding " + encoding);
      }
    } catch (CorruptDataException e) {
      throw chunks.corrupt(e.getMessage(), e);
    }
  }

  private void decodeFloats(SampleColumn into) {
    byte[] buffer = chunks.buffer();
    int start = into.size();
    into.ensureRoom(XorCodec.sampleCount(buffer, 1, chunks.lengthBytes()));
    long[] timestampsMs = into.timestampsMs();
    double[] values = into.values();
    int count = XorCodec.decode(buffer, 1, chunks.lengthBytes(), timestampsMs, values, start);
    control.addSamplesRead(count);
    int end = start + count;
    int from = start;
    while (from < end && timestampsMs[from] < minMs) {
      from++;
    }
    int to = end;
    while (to > from && timestampsMs[to - 1] > maxMs) {
      to--;
    }
    if (from > start) {
      System.arraycopy(timestampsMs, from, timestampsMs, start, to - from);
      System.arraycopy(values, from, values, start, to - from);
    }
    into.setSize(start + to - from);
  }

  private void decodeHistograms(int encoding, SampleColumn into) {
    byte[] buffer = chunks.buffer();
    int count = HistogramCodec.sampleCount(buffer, 1, chunks.lengthBytes());
    long[] timestampsMs = new long[count];
    NativeHistogram[] histograms = new NativeHistogram[count];
    HistogramCodec.decode(encoding, buffer, 1, chunks.lengthBytes(), timestampsMs, histograms, 0);
    control.addSamplesRead(count);
    for (int i = 0; i < count; i++) {
      if (timestampsMs[i] >= minMs && timestampsMs[i] <= maxMs) {
        into.add(timestampsMs[i], histograms[i]);
      }
    }
  }
}
