package io.pallium.model;

import io.pallium.base.HotPath;

/// Checks UTF-8 as the Unicode standard defines it: no overlong forms, no surrogates, nothing above
/// U+10FFFF.
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
