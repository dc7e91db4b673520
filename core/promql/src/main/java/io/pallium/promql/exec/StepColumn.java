package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.NativeHistogram;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The values of one series at the steps of a query: a presence bitmap, a column of floats and, if
/// needed, one of histograms. Where a step has a histogram its float is 0. Confined to one thread
/// at a time.
///
/// Histograms are reserved as they are set: the column of references, and each histogram that is
/// not the one of the step before.
@HotPath
public final class StepColumn {
  private static final int REFERENCES_OVERHEAD_BYTES = 16;
  private static final int REFERENCE_BYTES = 8;

  private final int count;
  private final long[] presence;
  private final double[] values;
  private final Reservation memory;
  private long histogramBytes;
  private @Nullable NativeHistogram @Nullable [] histograms;

  /// An empty column.
  ///
  /// @param memory where [#bytes] are reserved already, and histograms are going to be
  StepColumn(int count, Reservation memory) {
    this.count = count;
    this.memory = memory;
    this.presence = new long[(count + 63) >>> 6];
    this.values = new double[count];
  }

  /// The memory that a column takes, without histograms.
  static long bytes(int count) {
    return 96L + 8L * count + 8L * ((count + 63) >>> 6);
  }

  /// The number of steps.
  public int count() {
    return count;
  }

  /// Whether there is a value at a step.
  public boolean isPresent(int step) {
    return (presence[step >>> 6] >>> step & 1) != 0;
  }

  /// The float at a step where there is one.
  public double value(int step) {
    return values[step];
  }

  /// The histogram at a step, or null if there is a float or nothing.
  public @Nullable NativeHistogram histogram(int step) {
    return histograms == null ? null : histograms[step];
  }

  /// Whether any step may have a histogram.
  public boolean hasHistograms() {
    return histograms != null;
  }

  /// The first step at or after `from` that has a value; -1 if there is none.
  public int nextPresent(int from) {
    int word = from >>> 6;
    if (from >= count) {
      return -1;
    }
    long bits = presence[word] & -1L << from;
    while (bits == 0) {
      if (++word == presence.length) {
        return -1;
      }
      bits = presence[word];
    }
    return (word << 6) + Long.numberOfTrailingZeros(bits);
  }

  /// Whether no step has a value.
  public boolean isEmpty() {
    for (long word : presence) {
      if (word != 0) {
        return false;
      }
    }
    return true;
  }

  /// Whether any step has a float.
  boolean hasFloats() {
    if (histograms == null) {
      return !isEmpty();
    }
    for (int i = nextPresent(0); i >= 0; i = nextPresent(i + 1)) {
      if (histograms[i] == null) {
        return true;
      }
    }
    return false;
  }

  /// How many steps have a value.
  public int presentCount() {
    int sum = 0;
    for (long word : presence) {
      sum += Long.bitCount(word);
    }
    return sum;
  }

  /// The presence bitmap itself.
  long[] presence() {
    return presence;
  }

  /// The floats themselves.
  double[] values() {
    return values;
  }

  void set(int step, double value) {
    presence[step >>> 6] |= 1L << step;
    values[step] = value;
    @Nullable NativeHistogram[] column = histograms;
    if (column != null) {
      column[step] = null;
    }
  }

  void set(int step, NativeHistogram histogram) {
    presence[step >>> 6] |= 1L << step;
    values[step] = 0.0;
    @Nullable NativeHistogram[] column = histogramColumn();
    if (step == 0 || column[step - 1] != histogram) {
      reserve(histogram.memoryBytes());
    }
    column[step] = histogram;
  }

  /// Copies one step of another column.
  void set(int step, StepColumn from, int fromStep) {
    NativeHistogram histogram = from.histogram(fromStep);
    if (histogram == null) {
      set(step, from.values[fromStep]);
    } else {
      set(step, histogram);
    }
  }

  void remove(int step) {
    presence[step >>> 6] &= ~(1L << step);
    @Nullable NativeHistogram[] column = histograms;
    if (column != null) {
      column[step] = null;
    }
  }

  void clear() {
    Arrays.fill(presence, 0);
    dropHistograms();
  }

  /// Becomes equal to a column of as many steps.
  void copyFrom(StepColumn other) {
    System.arraycopy(other.presence, 0, presence, 0, presence.length);
    System.arraycopy(other.values, 0, values, 0, count);
    dropHistograms();
    if (other.histograms != null) {
      reserve(other.histogramBytes);
      histograms = other.histograms.clone();
    }
  }

  /// Keeps the steps that are set (or not set) in a bitmap.
  void mask(long[] bitmap, boolean isInverted) {
    for (int i = 0; i < presence.length; i++) {
      long kept = presence[i] & (isInverted ? ~bitmap[i] : bitmap[i]);
      dropHistograms(i, presence[i] & ~kept);
      presence[i] = kept;
    }
  }

  private void dropHistograms(int word, long bits) {
    @Nullable NativeHistogram[] column = histograms;
    if (column == null) {
      return;
    }
    for (long rest = bits; rest != 0; rest &= rest - 1) {
      column[(word << 6) + Long.numberOfTrailingZeros(rest)] = null;
    }
  }

  private @Nullable NativeHistogram[] histogramColumn() {
    @Nullable NativeHistogram[] column = histograms;
    if (column == null) {
      reserve(REFERENCES_OVERHEAD_BYTES + (long) REFERENCE_BYTES * count);
      column = new NativeHistogram[count];
      histograms = column;
    }
    return column;
  }

  private void dropHistograms() {
    if (histograms != null) {
      histograms = null;
      memory.release(histogramBytes);
      histogramBytes = 0;
    }
  }

  private void reserve(long bytes) {
    memory.reserve(bytes);
    histogramBytes += bytes;
  }
}
