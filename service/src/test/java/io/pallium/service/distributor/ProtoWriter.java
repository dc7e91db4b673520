package io.pallium.service.distributor;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Writes the protobuf wire format, the plain way or in any unusual way a test asks for.
final class ProtoWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  ProtoWriter varint(long value) {
    return varint(value, 1);
  }

  /// A varint of at least `minBytes` bytes.
  ProtoWriter varint(long value, int minBytes) {
    long rest = value;
    int written = 1;
    while ((rest & ~0x7fL) != 0 || written < minBytes) {
      out.write((int) (rest & 0x7f) | 0x80);
      rest >>>= 7;
      written++;
    }
    out.write((int) rest);
    return this;
  }

  ProtoWriter tag(int field, int wireType) {
    return varint((long) field << 3 | wireType);
  }

  ProtoWriter varintField(int field, long value) {
    return tag(field, 0).varint(value);
  }

  ProtoWriter fixed64Field(int field, long bits) {
    return tag(field, 1).fixed64(bits);
  }

  ProtoWriter doubleField(int field, double value) {
    return fixed64Field(field, Double.doubleToRawLongBits(value));
  }

  ProtoWriter fixed64(long bits) {
    for (int i = 0; i < 8; i++) {
      out.write((int) (bits >>> (8 * i)));
    }
    return this;
  }

  ProtoWriter fixed32Field(int field, int bits) {
    tag(field, 5);
    for (int i = 0; i < 4; i++) {
      out.write(bits >>> (8 * i));
    }
    return this;
  }

  ProtoWriter bytesField(int field, byte[] bytes) {
    tag(field, 2).varint(bytes.length);
    out.writeBytes(bytes);
    return this;
  }

  ProtoWriter messageField(int field, ProtoWriter message) {
    return bytesField(field, message.toBytes());
  }

  ProtoWriter textField(int field, String text) {
    return bytesField(field, text.getBytes(StandardCharsets.UTF_8));
  }

  ProtoWriter raw(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  byte[] toBytes() {
    return out.toByteArray();
  }

  static long zigZag(long value) {
    return value << 1 ^ value >> 63;
  }

  static ProtoWriter label(String name, String value) {
    return new ProtoWriter().textField(1, name).textField(2, value);
  }

  static ProtoWriter sample(long timestampMs, double value) {
    return new ProtoWriter().doubleField(1, value).varintField(2, timestampMs);
  }

  /// A series with labels given as names and values in turn.
  static ProtoWriter series(String... namesAndValues) {
    ProtoWriter series = new ProtoWriter();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      series.messageField(1, label(namesAndValues[i], namesAndValues[i + 1]));
    }
    return series;
  }
}
