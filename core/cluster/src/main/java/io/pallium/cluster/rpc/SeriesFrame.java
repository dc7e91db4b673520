package io.pallium.cluster.rpc;

import io.pallium.base.CorruptDataException;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogramCodec;
import io.pallium.storage.SampleColumn;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// A piece of one series' samples in an answer to a select. A message holds one frame or more. A
/// series whose samples do not fit into one message goes on in the next, which repeats its labels.
///
/// ```
/// +------------------+--------+---------+-------------------+-----------------------+
/// | length of labels | labels | samples | length of samples | per sample: time 8,   |
/// | 4 bytes          | …      | 4 bytes | 4 bytes           | kind 1, start?, value |
/// +------------------+--------+---------+-------------------+-----------------------+
/// ```
///
/// Source: docs/formats/ingester-rpc.md.
///
/// @param samples the encoded samples, between position and limit
/// @param lengthBytes of the whole frame
record SeriesFrame(Labels labels, int sampleCount, ByteBuffer samples, int lengthBytes) {
  static final byte VERSION = 1;
  static final byte FLOAT = 0;
  static final byte HISTOGRAM = 1;

  /// Added to a kind if a start timestamp follows it.
  static final byte STARTED = 2;

  /// The frames of a message.
  ///
  /// @throws CorruptDataException if the message is not made of whole frames
  static List<SeriesFrame> decode(byte[] message) {
    List<SeriesFrame> frames = new ArrayList<>();
    try {
      ByteBuffer bytes = ByteBuffer.wrap(message);
      byte version = bytes.get();
      if (version != VERSION) {
        throw new CorruptDataException(
            "message of series has version " + version + ", this process reads " + VERSION);
      }
      while (bytes.hasRemaining()) {
        frames.add(next(message, bytes));
      }
      return frames;
    } catch (BufferUnderflowException e) {
      throw new CorruptDataException(
          "message of series of " + message.length + " bytes ends early", e);
    }
  }

  private static SeriesFrame next(byte[] message, ByteBuffer bytes) {
    int start = bytes.position();
    int labelsLength = length(bytes, "labels");
    if (!Labels.isCanonical(message, bytes.position(), labelsLength)) {
      throw new CorruptDataException(
          "frame of a series at byte " + start + " has labels that are not canonical");
    }
    Labels labels = Labels.ofCanonical(message, bytes.position(), labelsLength);
    bytes.position(bytes.position() + labelsLength);
    int count = bytes.getInt();
    int samplesLength = length(bytes, "samples");
    ByteBuffer samples = bytes.slice(bytes.position(), samplesLength);
    bytes.position(bytes.position() + samplesLength);
    return new SeriesFrame(labels, count, samples, bytes.position() - start);
  }

  private static int length(ByteBuffer bytes, String what) {
    int length = bytes.getInt();
    if (length < 0 || length > bytes.remaining()) {
      throw new CorruptDataException(
          "frame of a series has "
              + what
              + " of "
              + length
              + " bytes, "
              + bytes.remaining()
              + " are left");
    }
    return length;
  }

  /// Appends the next samples that lie at or after a time, and moves on.
  ///
  /// @param samples what is left of a frame's samples
  /// @param maxCount how many to append at the most
  /// @throws CorruptDataException if the bytes are not samples
  static void append(ByteBuffer samples, long fromMs, int maxCount, SampleColumn into) {
    try {
      int wanted = into.size() + maxCount;
      while (samples.hasRemaining() && into.size() < wanted) {
        long timestampMs = samples.getLong();
        byte kind = samples.get();
        long startMs = (kind & STARTED) == 0 ? 0 : samples.getLong();
        boolean isWanted = timestampMs >= fromMs;
        switch (kind & ~STARTED) {
          case FLOAT -> {
            double value = Double.longBitsToDouble(samples.getLong());
            if (isWanted) {
              into.add(timestampMs, value);
            }
          }
          case HISTOGRAM -> {
            int length = length(samples, "a histogram");
            if (isWanted) {
              int offset = samples.arrayOffset() + samples.position();
              into.add(timestampMs, NativeHistogramCodec.decode(samples.array(), offset, length));
            }
            samples.position(samples.position() + length);
          }
          default ->
              throw new CorruptDataException("sample of a series has the unknown kind " + kind);
        }
        if (isWanted) {
          into.setStart(startMs);
        }
      }
    } catch (BufferUnderflowException e) {
      throw new CorruptDataException("frame of a series ends within a sample", e);
    }
  }
}
