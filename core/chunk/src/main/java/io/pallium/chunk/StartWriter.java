package io.pallium.chunk;

/// Writes the start timestamps of one chunk's samples between the samples themselves. What never
/// changes is written once; from the first change on, or from sample 127 on, every sample has one.
/// Confined to one thread. Source: docs/formats/chunk.md.
final class StartWriter {
  /// Set in the header if the first sample has a start; the other bits are the number of the first
  /// sample whose start is written, if it is not the first one.
  static final int FIRST_KNOWN = 0x80;

  static final int CHANGED_AT = 0x7f;

  private int header;
  private long lastMs;
  private long lastDistanceMs;

  void reset() {
    header = 0;
    lastMs = 0;
    lastDistanceMs = 0;
  }

  /// The byte that belongs into the header of the chunk.
  int header() {
    return header;
  }

  /// Writes the start of the sample that was just written.
  ///
  /// @param sample its number in the chunk
  /// @param beforeMs the timestamp of the sample before
  void append(BitWriter bits, int sample, long timestampMs, long beforeMs, long startMs) {
    int changedAt = header & CHANGED_AT;
    if (sample == 0) {
      if (startMs != 0) {
        header = FIRST_KNOWN;
        bits.signedVarint(timestampMs - startMs);
      }
    } else if (changedAt != 0) {
      bits.signed(beforeMs - startMs - lastDistanceMs);
      lastDistanceMs = beforeMs - startMs;
    } else if (startMs != lastMs || sample == CHANGED_AT) {
      header |= sample;
      bits.signed(beforeMs - startMs);
      lastDistanceMs = beforeMs - startMs;
    }
    lastMs = startMs;
  }
}
