package io.pallium.promql.parse;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/// Strings that hold bytes which are not UTF-8, as strings of Go can: such a byte b, from 0x80 to
/// 0xFF, is kept as the lone surrogate U+DC00 + b, so that it is not taken for anything else and
/// can be printed again.
final class EscapedBytes {
  private static final int FIRST = 0xDC80;
  private static final int LAST = 0xDCFF;

  private EscapedBytes() {}

  /// Decodes UTF-8, and what is not as escapes.
  static String decode(byte[] bytes) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(in, out, true);
    while (result.isError()) {
      out.put((char) (0xDC00 + (in.get() & 0xFF)));
      result = decoder.decode(in, out, true);
    }
    return out.flip().toString();
  }

  /// The text with U+FFFD in the place of escapes.
  static String replace(String text) {
    if (!isIn(text)) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints().forEach(c -> out.appendCodePoint(isByte(c) ? Utf8Source.REPLACEMENT : c));
    return out.toString();
  }

  /// Whether there is an escape in a text.
  static boolean isIn(String text) {
    return text.codePoints().anyMatch(EscapedBytes::isByte);
  }

  /// Whether a code point is an escape.
  static boolean isByte(int codePoint) {
    return codePoint >= FIRST && codePoint <= LAST;
  }

  /// The byte that an escape stands for, from 0x80 to 0xFF.
  static int byteOf(int codePoint) {
    return codePoint - 0xDC00;
  }
}
