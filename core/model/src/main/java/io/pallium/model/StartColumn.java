package io.pallium.model;

import io.pallium.base.HotPath;
import java.util.Arrays;

/// Since when the samples of a column count (their start timestamps), in milliseconds since the
/// epoch; 0 where that is not known. As long as nothing is known it costs nothing per sample.
/// Confined to one thread.
@HotPath
public final class StartColumn {
  private long[] startsMs = new long[0];
  private int filled;

  /// Forgets everything but the room.
  public void clear() {
    filled = 0;
  }

  /// Whether no start is known.
  public boolean isEmpty() {
    return filled == 0;
  }

  /// Sets the start of a sample.
  ///
  /// @param index behind all that were set before
  /// @param startMs 0 if it is not known
  public void set(int index, long startMs) {
    if (startMs == 0) {
      return;
    }
    if (index >= startsMs.length) {
      startsMs = Arrays.copyOf(startsMs, Math.max(64, Math.max(index + 1, startsMs.length * 2)));
    }
    Arrays.fill(startsMs, filled, index, 0);
    startsMs[index] = startMs;
    filled = index + 1;
  }

  /// The start of a sample.
  public long get(int index) {
    return index < filled ? startsMs[index] : 0;
  }
}
