package io.pallium.bench;

import io.pallium.model.Labels;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteResult;
import io.pallium.tsdb.Tsdb;
import java.util.Arrays;

/// A fixed number of series that are scraped over and over, half counters and half gauges, in
/// batches of 1,000.
final class Scrapes {
  private static final int BATCH_SERIES = 1_000;

  private final WriteBatch batch = new WriteBatch();
  private final int[] numbers;
  private final long[] refs;
  private final double[] values;
  private int nextNumber;

  Scrapes(int seriesCount) {
    numbers = new int[seriesCount];
    refs = new long[seriesCount];
    values = new double[seriesCount];
    Arrays.setAll(numbers, i -> i);
    nextNumber = seriesCount;
  }

  /// Puts new series in the place of some, which are scraped no more.
  ///
  /// @param from the first place, anew from the beginning after the last
  void replace(int from, int count) {
    for (int i = 0; i < count; i++) {
      int place = (from + i) % refs.length;
      numbers[place] = nextNumber++;
      refs[place] = WriteBatch.NO_REF;
      values[place] = 0;
    }
  }

  /// How many series there have been.
  int total() {
    return nextNumber;
  }

  /// Writes a sample of every series.
  ///
  /// @param scrape the number of the scrape, which values depend on
  void write(Tsdb tsdb, int scrape, long timeMs) {
    for (int from = 0; from < refs.length; from += BATCH_SERIES) {
      write(tsdb, from, Math.min(refs.length, from + BATCH_SERIES), scrape, timeMs);
    }
  }

  private void write(Tsdb tsdb, int from, int to, int scrape, long timeMs) {
    batch.reset(Database.TENANT).session(1, tsdb.incarnation());
    for (int i = from; i < to; i++) {
      if (refs[i] == WriteBatch.NO_REF) {
        byte[] labels = Labels.of(WriteRequests.labels(numbers[i])).bytes();
        batch.addSeries(WriteBatch.NO_REF, labels, 0, labels.length);
      } else {
        batch.addSeries(refs[i]);
      }
      values[i] = WriteRequests.next(numbers[i], scrape, values[i]);
      batch.addSample(timeMs, Double.doubleToRawLongBits(values[i]));
    }
    WriteResult result = tsdb.write(batch).join();
    if (result.hasRejected() || result.unknownRefCount() > 0) {
      throw new AssertionError("BUG: " + result.firstRejection());
    }
    for (int i = from; i < to; i++) {
      if (refs[i] == WriteBatch.NO_REF) {
        refs[i] = result.ref(i - from);
      }
    }
  }
}
