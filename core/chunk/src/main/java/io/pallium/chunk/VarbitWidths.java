package io.pallium.chunk;

/// The widths of the number code of histogram chunks: a number of ones, a zero (not after eight
/// ones), then as many bits as stand here for that number of ones.
final class VarbitWidths {
  static final int COUNT = 9;

  private static final byte[] WIDTHS = {0, 3, 6, 9, 12, 18, 25, 56, 64};

  private VarbitWidths() {}

  static int of(int ones) {
    return WIDTHS[ones];
  }
}
