package io.pallium.chunk;

/// Which bits of a difference of two doubles are written. Before it is set, a reader takes all 64.
final class XorWindow {
  boolean isSet;
  int leading;
  int trailing;

  /// Whether all bits of a difference that are set lie within.
  boolean holds(long difference) {
    return isSet
        && Long.numberOfLeadingZeros(difference) >= leading
        && Long.numberOfTrailingZeros(difference) >= trailing;
  }

  /// How many bits it takes.
  int width() {
    return 64 - leading - trailing;
  }

  void clear() {
    isSet = false;
    leading = 0;
    trailing = 0;
  }

  void set(int newLeading, int newTrailing) {
    isSet = true;
    leading = newLeading;
    trailing = newTrailing;
  }

  static XorWindow[] array(int length) {
    XorWindow[] windows = new XorWindow[length];
    for (int i = 0; i < length; i++) {
      windows[i] = new XorWindow();
    }
    return windows;
  }
}
