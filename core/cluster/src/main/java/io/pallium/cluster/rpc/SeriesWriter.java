package io.pallium.cluster.rpc;

import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogramCodec;
import io.pallium.storage.SampleColumn;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;

/// Puts series into messages of [SeriesFrame]s and hands each on when it is full. Confined to one
/// thread.
final class SeriesWriter {
  /// A message is handed on when it is longer than this; it is longer by one sample or the labels
  /// of one series at the most.
  static final int FULL_BYTES = 64 * 1024;

  private static final int FRAME_HEADER_BYTES = 12;
  private static final int MAX_SAMPLE_BYTES = 25;

  private final Consumer<byte[]> messages;
  private ByteBuffer buffer = ByteBuffer.allocate(FULL_BYTES + 4096).put(SeriesFrame.VERSION);

  SeriesWriter(Consumer<byte[]> messages) {
    this.messages = messages;
  }

  /// Adds all samples of a column, none being fine.
  void add(Labels labels, SampleColumn column) {
    int next = 0;
    do {
      next = addFrame(labels, column, next);
      if (buffer.position() > FULL_BYTES) {
        flush();
      }
    } while (next < column.size());
  }

  /// Hands on what is left.
  void flush() {
    if (buffer.position() > 1) {
      messages.accept(Arrays.copyOf(buffer.array(), buffer.position()));
      buffer.clear().put(SeriesFrame.VERSION);
    }
  }

  /// @return the index of the first sample that did not fit
  private int addFrame(Labels labels, SampleColumn column, int from) {
    byte[] labelBytes = labels.bytes();
    ensureRoom(FRAME_HEADER_BYTES + labelBytes.length);
    buffer.putInt(labelBytes.length).put(labelBytes);
    int countAt = buffer.position();
    buffer.putInt(0).putInt(0);
    int samplesAt = buffer.position();
    int i = from;
    while (i < column.size() && buffer.position() <= FULL_BYTES) {
      NativeHistogram histogram = column.histogram(i);
      ensureRoom(
          MAX_SAMPLE_BYTES
              + (histogram == null ? 0 : NativeHistogramCodec.maxLengthBytes(histogram)));
      buffer.putLong(column.timestampsMs()[i]);
      addKind(histogram == null ? SeriesFrame.FLOAT : SeriesFrame.HISTOGRAM, column.startMs(i));
      if (histogram == null) {
        buffer.putLong(Double.doubleToRawLongBits(column.values()[i]));
      } else {
        addHistogram(histogram);
      }
      i++;
    }
    buffer.putInt(countAt, i - from).putInt(countAt + 4, buffer.position() - samplesAt);
    return i;
  }

  private void addKind(byte kind, long startMs) {
    if (startMs == 0) {
      buffer.put(kind);
    } else {
      buffer.put((byte) (kind | SeriesFrame.STARTED)).putLong(startMs);
    }
  }

  private void addHistogram(NativeHistogram histogram) {
    int lengthAt = buffer.position();
    int length = NativeHistogramCodec.encode(histogram, buffer.array(), lengthAt + 4);
    buffer.putInt(length).position(lengthAt + 4 + length);
  }

  private void ensureRoom(int bytes) {
    if (buffer.remaining() < bytes) {
      int room = Math.max(buffer.capacity() * 2, buffer.position() + bytes);
      buffer = ByteBuffer.allocate(room).put(buffer.flip());
    }
  }
}
