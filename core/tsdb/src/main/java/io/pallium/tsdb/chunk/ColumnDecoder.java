package io.pallium.tsdb.chunk;

import io.pallium.base.HotPath;
import io.pallium.chunk.ChunkEncoding;
import io.pallium.chunk.ChunkSamples;
import io.pallium.chunk.XorCodec;
import io.pallium.model.NativeHistogram;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import org.jspecify.annotations.Nullable;

/// Decodes chunks of one series after the other into a column: plain floats straight into it,
/// everything else by way of [ChunkSamples]. Confined to one thread.
@HotPath
public final class ColumnDecoder {
  private final QueryControl control;
  private @Nullable ChunkSamples samples;

  public ColumnDecoder(QueryControl control) {
    this.control = control;
  }

  /// Adds the samples of a chunk that lie in `[minMs, maxMs]`.
  ///
  /// @throws io.pallium.base.CorruptDataException if the bytes are not a chunk; what was added then
  ///   is undefined
  public void add(
      int encoding,
      byte[] source,
      int offset,
      int lengthBytes,
      long minMs,
      long maxMs,
      SampleColumn into) {
    if (encoding == ChunkEncoding.XOR) {
      addFloats(source, offset, lengthBytes, minMs, maxMs, into);
    } else {
      addOthers(encoding, source, offset, lengthBytes, minMs, maxMs, into);
    }
  }

  private void addFloats(
      byte[] source, int offset, int lengthBytes, long minMs, long maxMs, SampleColumn into) {
    int from = into.size();
    into.ensureRoom(XorCodec.sampleCount(source, offset, lengthBytes));
    long[] timestampsMs = into.timestampsMs();
    int count = XorCodec.decode(source, offset, lengthBytes, timestampsMs, into.values(), from);
    control.addSamplesRead(count);
    int end = from + count;
    int first = from;
    while (first < end && timestampsMs[first] < minMs) {
      first++;
    }
    while (end > first && timestampsMs[end - 1] > maxMs) {
      end--;
    }
    if (first > from) {
      System.arraycopy(timestampsMs, first, timestampsMs, from, end - first);
      System.arraycopy(into.values(), first, into.values(), from, end - first);
    }
    into.setSize(from + end - first);
  }

  private void addOthers(
      int encoding,
      byte[] source,
      int offset,
      int lengthBytes,
      long minMs,
      long maxMs,
      SampleColumn into) {
    ChunkSamples decoded = samples;
    if (decoded == null) {
      decoded = new ChunkSamples();
      samples = decoded;
    }
    decoded.decode(encoding, source, offset, lengthBytes);
    control.addSamplesRead(decoded.count());
    for (int i = decoded.firstFrom(minMs); i < decoded.count(); i++) {
      if (decoded.timestampMs(i) > maxMs) {
        return;
      }
      NativeHistogram histogram = decoded.histogram(i);
      if (histogram == null) {
        into.add(decoded.timestampMs(i), decoded.value(i));
      } else {
        into.add(decoded.timestampMs(i), histogram);
      }
      into.setStart(decoded.startMs(i));
    }
  }
}
