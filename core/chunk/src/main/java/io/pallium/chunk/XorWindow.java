package io.pallium.chunk;

/// Which bits of a difference of two doubles are written. Before it is set, a reader takes all 64.
final class XorWindow {
  boolean isSet;
  int leading;
  int trailing;

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
