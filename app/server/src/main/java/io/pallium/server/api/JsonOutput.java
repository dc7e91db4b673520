package io.pallium.server.api;

import io.pallium.base.HotPath;
import io.pallium.model.LabelCursor;
import io.pallium.model.Labels;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Writes JSON straight into a buffer of bytes that is handed on when it is full. The caller puts
/// the commas; nothing is checked. Confined to one thread.
///
/// An own writer because result bodies are nearly all doubles and label bytes: both go out here
/// without a `String` in between.
@HotPath
public final class JsonOutput {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private static final int FIRST_BUFFER_BYTES = 4096;

  private final OutputStream target;
  private final int maxBufferBytes;
  private byte[] buffer;
  private final LabelCursor labelCursor = new LabelCursor();
  private int position;

  /// @param target takes the bytes; flushed and closed by its owner
  /// @param bufferBytes how many bytes are handed on at once
  public JsonOutput(OutputStream target, int bufferBytes) {
    this.target = target;
    this.maxBufferBytes = Math.max(bufferBytes, 256);
    this.buffer = new byte[Math.min(maxBufferBytes, FIRST_BUFFER_BYTES)];
  }

  /// Writes ASCII text as it is: punctuation, literals, known keys.
  public JsonOutput raw(String ascii) throws IOException {
    int length = ascii.length();
    if (length > maxBufferBytes) {
      throw new AssertionError("BUG: raw text longer than the buffer");
    }
    ensure(length);
    for (int i = 0; i < length; i++) {
      buffer[position + i] = (byte) ascii.charAt(i);
    }
    position += length;
    return this;
  }

  /// Writes a string with its quotes.
  public JsonOutput string(String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return utf8String(utf8, 0, utf8.length);
  }

  /// Writes a string with its quotes from UTF-8.
  public JsonOutput utf8String(byte[] source, int offset, int lengthBytes) throws IOException {
    ensure(1);
    buffer[position++] = '"';
    int end = offset + lengthBytes;
    for (int i = offset; i < end; i++) {
      byte b = source[i];
      ensure(6);
      if (b >= 0x20 && b != '"' && b != '\\' || b < 0) {
        buffer[position++] = b;
      } else {
        escape(b);
      }
    }
    ensure(1);
    buffer[position++] = '"';
    return this;
  }

  /// Writes labels as an object.
  public JsonOutput labels(Labels labels) throws IOException {
    ensure(2);
    buffer[position++] = '{';
    LabelCursor cursor = labelCursor.reset(labels.bytes(), 0, labels.bytes().length);
    boolean isFirst = true;
    while (cursor.next()) {
      if (!isFirst) {
        ensure(1);
        buffer[position++] = ',';
      }
      isFirst = false;
      utf8String(cursor.source(), cursor.nameOffset(), cursor.nameLengthBytes());
      ensure(1);
      buffer[position++] = ':';
      utf8String(cursor.source(), cursor.valueOffset(), cursor.valueLengthBytes());
    }
    ensure(1);
    buffer[position++] = '}';
    return this;
  }

  /// Writes a whole number.
  public JsonOutput number(long value) throws IOException {
    if (value == Long.MIN_VALUE) {
      return raw("-9223372036854775808");
    }
    ensure(21);
    if (value < 0) {
      buffer[position++] = '-';
    }
    position = ShortestDouble.writeDigits(Math.absExact(value), buffer, position);
    return this;
  }

  /// Writes a double as a string, as sample values are.
  public JsonOutput quotedDouble(double value) throws IOException {
    ensure(ShortestDouble.MAX_BYTES + 2);
    buffer[position++] = '"';
    position = ShortestDouble.write(value, buffer, position);
    buffer[position++] = '"';
    return this;
  }

  /// Writes a double as a string in plain decimals, never with an exponent: as many as 309 digits.
  public JsonOutput quotedPlainDecimal(double value) throws IOException {
    if (!Double.isFinite(value)) {
      return quotedDouble(value);
    }
    byte[] shortest = new byte[ShortestDouble.MAX_BYTES];
    int length = ShortestDouble.write(value, shortest, 0);
    String text = new String(shortest, 0, length, StandardCharsets.US_ASCII);
    return string(text.indexOf('e') < 0 ? text : new BigDecimal(text).toPlainString());
  }

  /// Writes a double as a number; it must be finite.
  public JsonOutput plainDouble(double value) throws IOException {
    ensure(ShortestDouble.MAX_BYTES);
    position = ShortestDouble.write(value, buffer, position);
    return this;
  }

  /// Writes a time in milliseconds as a number of seconds.
  public JsonOutput seconds(long timestampMs) throws IOException {
    ensure(ShortestDouble.MAX_BYTES);
    position = ShortestDouble.writeSeconds(timestampMs, buffer, position);
    return this;
  }

  /// Writes `[seconds,"value"]`.
  public JsonOutput point(long timestampMs, double value) throws IOException {
    ensure(2 * ShortestDouble.MAX_BYTES + 5);
    byte[] to = buffer;
    int at = position;
    to[at++] = '[';
    at = ShortestDouble.writeSeconds(timestampMs, to, at);
    to[at++] = ',';
    to[at++] = '"';
    at = ShortestDouble.write(value, to, at);
    to[at++] = '"';
    to[at++] = ']';
    position = at;
    return this;
  }

  /// Writes one byte of punctuation.
  public JsonOutput comma() throws IOException {
    ensure(1);
    buffer[position++] = ',';
    return this;
  }

  /// Hands on what is in the buffer.
  public void flush() throws IOException {
    if (position > 0) {
      target.write(buffer, 0, position);
      position = 0;
    }
  }

  private void ensure(int room) throws IOException {
    if (buffer.length - position < room) {
      growOrFlush(room);
    }
  }

  /// Most answers are short: the buffer starts small, and is handed on only when it is full-grown.
  private void growOrFlush(int room) throws IOException {
    while (buffer.length < maxBufferBytes && buffer.length - position < room) {
      buffer = Arrays.copyOf(buffer, Math.min(maxBufferBytes, buffer.length * 2));
    }
    if (buffer.length - position < room) {
      flush();
    }
  }

  private void escape(byte b) {
    buffer[position++] = '\\';
    switch (b) {
      case '"', '\\' -> buffer[position++] = b;
      case '\n' -> buffer[position++] = 'n';
      case '\r' -> buffer[position++] = 'r';
      case '\t' -> buffer[position++] = 't';
      default -> {
        buffer[position++] = 'u';
        buffer[position++] = '0';
        buffer[position++] = '0';
        buffer[position++] = HEX[b >> 4];
        buffer[position++] = HEX[b & 15];
      }
    }
  }
}
