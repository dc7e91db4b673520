package io.pallium.storage;

import io.pallium.base.HotPath;
import io.pallium.model.NativeHistogram;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Samples of one series as columns, in ascending order of time: the buffer that a [SampleCursor]
/// fills and an operator slides over. Confined to one thread.
///
/// Arrays returned are the live columns: longer than [#size], invalid after the next call that
/// adds.
@HotPath
public final class SampleColumn {
  private static final int BYTES_PER_SAMPLE = 16;
  private static final int BYTES_PER_REFERENCE = 8;

  private final QueryControl control;
  private long[] timestampsMs;
  private double[] values;
  private NativeHistogram @Nullable [] histograms;
  private long @Nullable [] startsMs;
  private int size;

  /// What is reserved for the column of histograms, and for those in it.
  private long referenceBytes;

  private long histogramBytes;
  private long startBytes;

  /// An empty column whose memory is reserved from the query's budget as it grows.
  public SampleColumn(QueryControl control) {
    this.control = control;
    control.budget().reserve(256L * BYTES_PER_SAMPLE);
    this.timestampsMs = new long[256];
    this.values = new double[256];
  }

  /// Adds a float sample.
  public void add(long timestampMs, double value) {
    if (size == timestampsMs.length) {
      grow(size + 1);
    }
    timestampsMs[size] = timestampMs;
    values[size] = value;
    size++;
  }

  /// Adds a histogram sample; its float value is 0.
  public void add(long timestampMs, NativeHistogram histogram) {
    add(timestampMs, 0.0);
    NativeHistogram[] column = histograms;
    if (column == null || column.length < timestampsMs.length) {
      long neededBytes = (long) timestampsMs.length * BYTES_PER_REFERENCE;
      control.budget().reserve(neededBytes - referenceBytes);
      referenceBytes = neededBytes;
      column =
          column == null
              ? new NativeHistogram[timestampsMs.length]
              : Arrays.copyOf(column, timestampsMs.length);
      histograms = column;
    }
    control.budget().reserve(histogram.memoryBytes());
    histogramBytes += histogram.memoryBytes();
    column[size - 1] = histogram;
  }

  /// Says since when the sample that was added last counts.
  ///
  /// @param startMs in milliseconds since the epoch; 0 if that is not known
  public void setStart(long startMs) {
    long[] starts = startsMs;
    if (starts == null && startMs == 0) {
      return;
    }
    if (starts == null || starts.length < timestampsMs.length) {
      long neededBytes = (long) timestampsMs.length * Long.BYTES;
      control.budget().reserve(neededBytes - startBytes);
      startBytes = neededBytes;
      starts =
          starts == null
              ? new long[timestampsMs.length]
              : Arrays.copyOf(starts, timestampsMs.length);
      startsMs = starts;
    }
    starts[size - 1] = startMs;
  }

  /// Makes room for `more` samples to be written straight into the columns, then [#setSize].
  public void ensureRoom(int more) {
    if (timestampsMs.length - size < more) {
      grow(size + more);
    }
  }

  /// Declares the columns filled up to `newSize`, after writing into them directly.
  public void setSize(int newSize) {
    if (histograms != null && newSize < size) {
      Arrays.fill(histograms, newSize, Math.min(size, histograms.length), null);
    }
    if (startsMs != null && newSize < size) {
      Arrays.fill(startsMs, newSize, Math.min(size, startsMs.length), 0);
    }
    size = newSize;
  }

  /// Drops the first `count` samples.
  public void dropFirst(int count) {
    if (count == 0) {
      return;
    }
    int left = size - count;
    System.arraycopy(timestampsMs, count, timestampsMs, 0, left);
    System.arraycopy(values, count, values, 0, left);
    NativeHistogram[] column = histograms;
    if (column != null) {
      int held = Math.max(0, Math.min(size, column.length) - count);
      System.arraycopy(column, count, column, 0, held);
      Arrays.fill(column, held, column.length, null);
    }
    long[] starts = startsMs;
    if (starts != null) {
      int held = Math.max(0, Math.min(size, starts.length) - count);
      System.arraycopy(starts, Math.min(count, starts.length), starts, 0, held);
      Arrays.fill(starts, held, starts.length, 0);
    }
    size = left;
  }

  /// Drops everything, keeps the room.
  public void clear() {
    setSize(0);
    if (histogramBytes > 0) {
      control.budget().release(histogramBytes);
      histogramBytes = 0;
    }
  }

  /// Gives the memory back to the budget; the column is not usable after.
  public void release() {
    control
        .budget()
        .release(
            (long) timestampsMs.length * BYTES_PER_SAMPLE
                + referenceBytes
                + histogramBytes
                + startBytes);
    referenceBytes = 0;
    startBytes = 0;
    startsMs = null;
    histogramBytes = 0;
    histograms = null;
    timestampsMs = new long[0];
    values = new double[0];
    size = 0;
  }

  public int size() {
    return size;
  }

  public long[] timestampsMs() {
    return timestampsMs;
  }

  public double[] values() {
    return values;
  }

  /// Whether it is known of any sample since when it counts.
  public boolean hasStarts() {
    return startsMs != null;
  }

  /// Since when the sample at an index counts, in milliseconds since the epoch; 0 if that is not
  /// known.
  public long startMs(int index) {
    long[] starts = startsMs;
    return starts == null || index >= starts.length ? 0 : starts[index];
  }

  /// Whether any sample may be a histogram.
  public boolean hasHistograms() {
    return histograms != null;
  }

  /// The histogram at an index, or null where the sample is a float.
  public @Nullable NativeHistogram histogram(int index) {
    NativeHistogram[] column = histograms;
    return column == null || index >= column.length ? null : column[index];
  }

  private void grow(int needed) {
    int room = (int) Math.max(Math.min(timestampsMs.length * 2L, Integer.MAX_VALUE - 8), needed);
    long beforeBytes = (long) timestampsMs.length * BYTES_PER_SAMPLE;
    // Old and new are there at the same time.
    control.budget().reserve((long) room * BYTES_PER_SAMPLE);
    timestampsMs = Arrays.copyOf(timestampsMs, room);
    values = Arrays.copyOf(values, room);
    control.budget().release(beforeBytes);
  }
}
