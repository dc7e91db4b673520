package io.pallium.model;

import io.pallium.base.HotPath;

/// Checks UTF-8 as the Unicode standard defines it: no overlong forms, no surrogates, nothing above
/// U+10FFFF. Compares texts by the order of their UTF-8 bytes, which is that of code points.
@HotPath
public final class Utf8 {
  private Utf8() {}

  /// Whether `source[offset, offset + lengthBytes)` is well-formed. One pass, no allocation.
  public static boolean isValid(byte[] source, int offset, int lengthBytes) {
    int end = offset + lengthBytes;
    int i = offset;
    while (i < end) {
      int b = source[i];
      if (b >= 0) {
        i++;
        continue;
      }
      int size = sequenceLength(source, i, end);
      if (size == 0) {
        return false;
      }
      i += size;
    }
    return true;
  }

  /// Compares two well-formed texts as their UTF-8 bytes compare. `String.compareTo` differs where
  /// a surrogate meets a character from U+E000 on: the surrogate stands for a higher code point.
  public static int compare(String a, String b) {
    int shared = Math.min(a.length(), b.length());
    for (int i = 0; i < shared; i++) {
      char left = a.charAt(i);
      char right = b.charAt(i);
      if (left != right) {
        return rank(left) - rank(right);
      }
    }
    return a.length() - b.length();
  }

  private static int rank(char c) {
    return Character.isSurrogate(c) ? c + 0x10000 : c;
  }

  /// The length of the multi-byte sequence at `i`, or 0 if it is malformed or runs over `end`.
  private static int sequenceLength(byte[] source, int i, int end) {
    int first = source[i] & 0xff;
    if (first < 0xc2 || first > 0xf4) {
      return 0;
    }
    int size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (end - i < size) {
      return 0;
    }
    int second = source[i + 1] & 0xff;
    int lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    int highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (second < lowest || second > highest) {
      return 0;
    }
    for (int k = 2; k < size; k++) {
      if ((source[i + k] & 0xc0) != 0x80) {
        return 0;
      }
    }
    return size;
  }
}
