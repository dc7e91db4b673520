package io.pallium.promql.parse;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// A query in UTF-8 with a reading position. Confined to one thread.
final class Utf8Source {
  /// What [#next] gives behind the last character.
  static final int EOF = -1;

  /// What stands for a character that is not one.
  static final int REPLACEMENT = 0xFFFD;

  private static final byte[] REPLACEMENT_BYTES = {(byte) 0xEF, (byte) 0xBF, (byte) 0xBD};

  private final byte[] bytes;
  private int position;
  private int width;

  Utf8Source(String text) {
    this.bytes = encode(text);
  }

  byte[] bytes() {
    return bytes;
  }

  /// The offset in bytes of the next character.
  int position() {
    return position;
  }

  /// The text between two offsets at the borders of characters.
  String text(int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.UTF_8);
  }

  /// Takes the next character; [#EOF] at the end.
  int next() {
    if (position >= bytes.length) {
      width = 0;
      return EOF;
    }
    int first = bytes[position] & 0xFF;
    width = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    int c = width == 1 ? first : first & (0x7F >> width);
    for (int i = 1; i < width; i++) {
      c = c << 6 | bytes[position + i] & 0x3F;
    }
    position += width;
    return c;
  }

  /// Gives the last character back; once after each [#next].
  void back() {
    position -= width;
    width = 0;
  }

  /// The next character, which stays.
  int peek() {
    int c = next();
    back();
    return c;
  }

  /// Takes the next character if it is among some ASCII characters.
  boolean accept(String valid) {
    if (isNext(valid)) {
      position++;
      width = 1;
      return true;
    }
    width = 0;
    return false;
  }

  /// Takes all following characters that are among some ASCII characters.
  void acceptAll(String valid) {
    while (accept(valid)) {
      // Taken.
    }
  }

  /// Whether the next character is among some ASCII characters.
  boolean isNext(String valid) {
    return position < bytes.length && bytes[position] >= 0 && valid.indexOf(bytes[position]) >= 0;
  }

  /// A lone surrogate becomes U+FFFD, as every other text that is not Unicode has before.
  private static byte[] encode(String text) {
    CharsetEncoder encoder =
        StandardCharsets.UTF_8
            .newEncoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE)
            .replaceWith(REPLACEMENT_BYTES);
    try {
      ByteBuffer encoded = encoder.encode(CharBuffer.wrap(text));
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      return bytes;
    } catch (CharacterCodingException e) {
      throw new AssertionError("BUG: replaced characters do not encode", e);
    }
  }
}
