package io.pallium.cluster.rpc;

import io.pallium.base.CorruptDataException;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogramCodec;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// One frame of a select's answer: a piece of one series' samples. A series whose samples do not
/// fit into one frame goes on in the next, which then repeats its labels.
///
/// ```
/// +---------+-----------------+----------+--------------+-----------------------+
/// | version | length of labels| labels   | samples      | per sample            |
/// | 1 byte  | 4 bytes         | …        | 4 bytes      | time 8, kind 1, value |
/// +---------+-----------------+----------+--------------+-----------------------+
/// ```
///
/// Source: docs/formats/ingester-rpc.md.
record SeriesFrame(Labels labels, byte[] bytes, int samplesOffset, int sampleCount) {
  private static final byte VERSION = 1;
  private static final byte FLOAT = 0;
  private static final byte HISTOGRAM = 1;
  private static final int HEADER_BYTES = 9;
  private static final int FLOAT_BYTES = 17;

  /// How many samples a frame holds at the most.
  static final int MAX_SAMPLES = 4096;

  static byte[] encode(Labels labels, SampleColumn column, int from, int to) {
    byte[][] histograms = new byte[to - from][];
    int room = HEADER_BYTES + labels.bytes().length + (to - from) * FLOAT_BYTES;
    for (int i = from; i < to; i++) {
      NativeHistogram histogram = column.histogram(i);
      if (histogram != null) {
        byte[] target = new byte[NativeHistogramCodec.maxLengthBytes(histogram)];
        int length = NativeHistogramCodec.encode(histogram, target, 0);
        histograms[i - from] = Arrays.copyOf(target, length);
        room += histograms[i - from].length;
      }
    }
    ByteBuffer frame = ByteBuffer.allocate(room);
    frame.put(VERSION).putInt(labels.bytes().length).put(labels.bytes()).putInt(to - from);
    for (int i = from; i < to; i++) {
      frame.putLong(column.timestampsMs()[i]);
      byte[] histogram = histograms[i - from];
      if (histogram == null) {
        frame.put(FLOAT).putLong(Double.doubleToRawLongBits(column.values()[i]));
      } else {
        frame.put(HISTOGRAM).putInt(histogram.length).put(histogram);
      }
    }
    return Arrays.copyOf(frame.array(), frame.position());
  }

  static SeriesFrame decode(byte[] bytes) {
    try {
      ByteBuffer frame = ByteBuffer.wrap(bytes);
      byte version = frame.get();
      if (version != VERSION) {
        throw new CorruptDataException(
            "series frame has version " + version + ", this process reads " + VERSION);
      }
      int length = frame.getInt();
      if (length < 0 || length > frame.remaining()) {
        throw new CorruptDataException("series frame has labels of " + length + " bytes");
      }
      Labels labels = Labels.ofCanonical(bytes, frame.position(), length);
      frame.position(frame.position() + length);
      int samples = frame.getInt();
      if (samples < 0 || samples > MAX_SAMPLES) {
        throw new CorruptDataException("series frame counts " + samples + " samples");
      }
      return new SeriesFrame(labels, bytes, frame.position(), samples);
    } catch (BufferUnderflowException e) {
      throw new CorruptDataException("series frame of " + bytes.length + " bytes ends early", e);
    }
  }

  /// Appends the samples of this frame that lie at or after a time.
  void appendTo(SampleColumn column, long fromMs) {
    try {
      ByteBuffer samples = ByteBuffer.wrap(bytes, samplesOffset, bytes.length - samplesOffset);
      column.ensureRoom(sampleCount);
      for (int i = 0; i < sampleCount; i++) {
        long timestampMs = samples.getLong();
        if (samples.get() == FLOAT) {
          double value = Double.longBitsToDouble(samples.getLong());
          if (timestampMs >= fromMs) {
            column.add(timestampMs, value);
          }
        } else {
          byte[] encoded = new byte[samples.getInt()];
          samples.get(encoded);
          if (timestampMs >= fromMs) {
            column.add(timestampMs, NativeHistogramCodec.decode(encoded, 0, encoded.length));
          }
        }
      }
    } catch (BufferUnderflowException | NegativeArraySizeException e) {
      throw new CorruptDataException("series frame of " + bytes.length + " bytes ends early", e);
    }
  }

  /// A cursor over frames of one series.
  static SampleCursor cursor(Iterable<SeriesFrame> frames, QueryControl control) {
    var iterator = frames.iterator();
    return new SampleCursor() {
      private long fromMs = Long.MIN_VALUE;

      @Override
      public boolean nextRun(SampleColumn into) {
        control.check();
        while (iterator.hasNext()) {
          int before = into.size();
          iterator.next().appendTo(into, fromMs);
          if (into.size() > before) {
            return true;
          }
        }
        return false;
      }

      @Override
      public void skipTo(long timestampMs) {
        fromMs = timestampMs;
      }
    };
  }
}
