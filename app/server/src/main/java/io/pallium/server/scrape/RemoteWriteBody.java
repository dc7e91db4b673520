package io.pallium.server.scrape;

import io.airlift.compress.v3.snappy.SnappyCompressor;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/// Builds the body of a remote write 1.0 request, sample by sample. Not made for speed: one request
/// every few seconds.
///
/// Source: https://prometheus.io/docs/specs/prw/remote_write_spec/.
public final class RemoteWriteBody {
  private static final int SERIES = 1;
  private static final int METADATA = 3;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED_64 = 1;
  private static final double ZERO_THRESHOLD = 0x1p-128;

  private final SnappyCompressor compressor = SnappyCompressor.create();
  private final ByteArrayOutputStream request = new ByteArrayOutputStream();

  /// Adds one sample as a series of its own.
  public void add(Map<String, String> labels, long timestampMs, double value) {
    ByteArrayOutputStream series = series(labels);
    ByteArrayOutputStream sample = new ByteArrayOutputStream();
    writeDouble(sample, 1, value);
    writeVarint(sample, 2 << 3);
    writeVarint(sample, timestampMs);
    writeBytes(series, 2, sample.toByteArray());
    writeBytes(request, SERIES, series.toByteArray());
  }

  /// Adds one sample and one exemplar of the same time and value as a series of its own.
  public void addWithExemplar(
      Map<String, String> labels, long timestampMs, double value, Map<String, String> exemplar) {
    ByteArrayOutputStream series = series(labels);
    ByteArrayOutputStream sample = new ByteArrayOutputStream();
    writeDouble(sample, 1, value);
    writeVarint(sample, 2 << 3);
    writeVarint(sample, timestampMs);
    writeBytes(series, 2, sample.toByteArray());
    // The labels of an exemplar are in the same field as those of a series.
    ByteArrayOutputStream written = series(exemplar);
    writeDouble(written, 2, value);
    writeVarint(written, 3 << 3);
    writeVarint(written, timestampMs);
    writeBytes(series, 3, written.toByteArray());
    writeBytes(request, SERIES, series.toByteArray());
  }

  /// Adds one native histogram of schema 0 as a series of its own: `count` observations of 1, which
  /// fall into the bucket of index 0.
  public void addHistogram(Map<String, String> labels, long timestampMs, int count) {
    ByteArrayOutputStream series = series(labels);
    ByteArrayOutputStream span = new ByteArrayOutputStream();
    writeVarint(span, 2 << 3);
    writeVarint(span, 1);
    ByteArrayOutputStream histogram = new ByteArrayOutputStream();
    writeVarint(histogram, 1 << 3);
    writeVarint(histogram, count);
    writeDouble(histogram, 3, count);
    writeDouble(histogram, 5, ZERO_THRESHOLD);
    writeBytes(histogram, 11, span.toByteArray());
    ByteArrayOutputStream deltas = new ByteArrayOutputStream();
    writeVarint(deltas, 2L * count);
    writeBytes(histogram, 12, deltas.toByteArray());
    writeVarint(histogram, 15 << 3);
    writeVarint(histogram, timestampMs);
    writeBytes(series, 4, histogram.toByteArray());
    writeBytes(request, SERIES, series.toByteArray());
  }

  private static ByteArrayOutputStream series(Map<String, String> labels) {
    ByteArrayOutputStream series = new ByteArrayOutputStream();
    TreeMap<byte[], byte[]> sorted = new TreeMap<>(Arrays::compareUnsigned);
    labels.forEach((name, text) -> sorted.put(utf8(name), utf8(text)));
    sorted.forEach(
        (name, text) -> {
          ByteArrayOutputStream label = new ByteArrayOutputStream();
          writeBytes(label, 1, name);
          writeBytes(label, 2, text);
          writeBytes(series, 1, label.toByteArray());
        });
    return series;
  }

  /// Adds what there is to say about a metric family; `type` is in the numbering of remote write.
  public void addMetadata(String family, int type, String help) {
    ByteArrayOutputStream entry = new ByteArrayOutputStream();
    writeVarint(entry, 1 << 3);
    writeVarint(entry, type);
    writeBytes(entry, 2, utf8(family));
    writeBytes(entry, 4, utf8(help));
    writeBytes(request, METADATA, entry.toByteArray());
  }

  /// The request as it is before compression.
  public byte[] toBytes() {
    return request.toByteArray();
  }

  /// The body, compressed.
  public byte[] toCompressedBytes() {
    byte[] plain = toBytes();
    byte[] compressed = new byte[compressor.maxCompressedLength(plain.length)];
    int length = compressor.compress(plain, 0, plain.length, compressed, 0, compressed.length);
    return Arrays.copyOf(compressed, length);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void writeDouble(ByteArrayOutputStream target, int field, double value) {
    writeVarint(target, field << 3 | FIXED_64);
    long bits = Double.doubleToRawLongBits(value);
    for (int i = 0; i < 8; i++) {
      target.write((int) (bits >>> (8 * i)));
    }
  }

  private static void writeBytes(ByteArrayOutputStream target, int field, byte[] bytes) {
    writeVarint(target, field << 3 | LENGTH_DELIMITED);
    writeVarint(target, bytes.length);
    target.writeBytes(bytes);
  }

  private static void writeVarint(ByteArrayOutputStream target, long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      target.write((int) (rest & 0x7f | 0x80));
      rest >>>= 7;
    }
    target.write((int) rest);
  }
}
