package io.pallium.chunk;

/// Reads what [StartWriter] writes. Confined to one thread.
final class StartReader {
  private final BitReader bits;
  private final boolean isFirstKnown;
  private final int changedAt;
  private long startMs;
  private long distanceMs;

  /// @param header the byte in the header of the chunk
  StartReader(BitReader bits, byte header) {
    this.bits = bits;
    this.isFirstKnown = (header & StartWriter.FIRST_KNOWN) != 0;
    this.changedAt = header & StartWriter.CHANGED_AT;
  }

  /// The start of the sample that was just read; 0 if it is not known.
  ///
  /// @param sample its number in the chunk
  /// @param beforeMs the timestamp of the sample before
  long next(int sample, long timestampMs, long beforeMs) {
    if (sample == 0) {
      if (isFirstKnown) {
        startMs = timestampMs - bits.signedVarint();
      }
    } else if (changedAt != 0 && sample >= changedAt) {
      distanceMs += bits.signed();
      startMs = beforeMs - distanceMs;
    }
    return startMs;
  }
}
