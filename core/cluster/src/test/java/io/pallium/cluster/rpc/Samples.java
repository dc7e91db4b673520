package io.pallium.cluster.rpc;

import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogramCodec;
import io.pallium.storage.MemoryQueryable;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.storage.SeriesSet;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// Series for tests and what a set of series holds, as text that can be compared.
final class Samples {
  private Samples() {}

  static Labels labels(int series) {
    return Labels.of("__name__", "m", "series", String.format("%05d", series));
  }

  static NativeHistogram histogram(int count) {
    return new NativeHistogram(
        NativeHistogram.ResetHint.NO,
        false,
        3,
        0.001,
        1,
        count,
        count * 0.5,
        new int[] {0, 2},
        new long[] {count, 1},
        new int[] {-1, 1},
        new long[] {2},
        new double[0]);
  }

  /// Series with one sample per second; each seventh sample is a histogram in each third series.
  static MemoryQueryable memory(int series, int samples) {
    MemoryQueryable memory = new MemoryQueryable();
    for (int s = 0; s < series; s++) {
      for (int i = 0; i < samples; i++) {
        if (s % 3 == 0 && i % 7 == 6) {
          memory.add(labels(s), i * 1000L, histogram(i));
        } else {
          memory.add(labels(s), i * 1000L, i % 11 == 0 ? Double.NaN : i * 0.1 - s);
        }
      }
    }
    return memory;
  }

  static List<String> read(SeriesSet set, QueryControl control) {
    List<String> series = new ArrayList<>();
    while (set.next()) {
      series.add(set.labels() + " " + read(set.samples(), control));
    }
    return series;
  }

  static List<String> read(SampleCursor cursor, QueryControl control) {
    SampleColumn column = new SampleColumn(control);
    List<String> samples = new ArrayList<>();
    boolean hasMore = true;
    while (hasMore) {
      column.clear();
      hasMore = cursor.nextRun(column);
      for (int i = 0; i < column.size(); i++) {
        samples.add(text(column, i));
      }
    }
    column.release();
    return samples;
  }

  /// A sample to the bit.
  static String text(SampleColumn column, int i) {
    NativeHistogram histogram = column.histogram(i);
    if (histogram == null) {
      return times(column, i)
          + "="
          + Long.toHexString(Double.doubleToRawLongBits(column.values()[i]));
    }
    byte[] encoded = new byte[NativeHistogramCodec.maxLengthBytes(histogram)];
    int length = NativeHistogramCodec.encode(histogram, encoded, 0);
    return times(column, i) + "=" + HexFormat.of().formatHex(encoded, 0, length);
  }

  private static String times(SampleColumn column, int i) {
    return column.timestampsMs()[i] + " since " + column.startMs(i);
  }
}
