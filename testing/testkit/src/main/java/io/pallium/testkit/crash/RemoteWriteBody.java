package io.pallium.testkit.crash;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// The body of a remote write 1.0 request, written as the specification says and with no code of
/// the product: protobuf in a snappy block of literals. Confined.
public final class RemoteWriteBody {
  private static final int MAX_LITERAL_BYTES = 1 << 16;

  private final ByteArrayOutputStream request = new ByteArrayOutputStream();
  private final ByteArrayOutputStream series = new ByteArrayOutputStream();

  /// Adds a series with one sample.
  ///
  /// @param namesAndValues labels, sorted by name
  public RemoteWriteBody add(long timestampMs, double value, String... namesAndValues) {
    series.reset();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      ByteArrayOutputStream label = new ByteArrayOutputStream();
      field(label, 1, namesAndValues[i].getBytes(StandardCharsets.UTF_8));
      field(label, 2, namesAndValues[i + 1].getBytes(StandardCharsets.UTF_8));
      field(series, 1, label.toByteArray());
    }
    ByteArrayOutputStream sample = new ByteArrayOutputStream();
    sample.write(1 << 3 | 1);
    byte[] bits = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putDouble(value).array();
    sample.write(bits, 0, bits.length);
    sample.write(2 << 3);
    varint(sample, timestampMs);
    field(series, 2, sample.toByteArray());
    field(request, 1, series.toByteArray());
    return this;
  }

  /// The compressed body.
  public byte[] toBytes() {
    byte[] plain = request.toByteArray();
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    varint(block, plain.length);
    for (int at = 0; at < plain.length; at += MAX_LITERAL_BYTES) {
      int length = Math.min(MAX_LITERAL_BYTES, plain.length - at);
      // Tag of a literal whose length less one is in the two bytes that follow.
      block.write(61 << 2);
      block.write(length - 1);
      block.write((length - 1) >>> 8);
      block.write(plain, at, length);
    }
    return block.toByteArray();
  }

  private static void field(ByteArrayOutputStream target, int number, byte[] content) {
    target.write(number << 3 | 2);
    varint(target, content.length);
    target.write(content, 0, content.length);
  }

  private static void varint(ByteArrayOutputStream target, long number) {
    long rest = number;
    while ((rest & ~0x7FL) != 0) {
      target.write((int) (rest & 0x7F | 0x80));
      rest >>>= 7;
    }
    target.write((int) rest);
  }
}
