package io.pallium.tsdb;

import static io.pallium.tsdb.TsdbFixture.NOW_MS;
import static io.pallium.tsdb.TsdbFixture.TENANT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.LimitExceededException;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import io.pallium.model.WriteBatch;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesSet;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a query takes of the head is paid for by its budget, before it is taken.
class TsdbQueryMemoryTest {
  private static final Labels A = Labels.of("__name__", "a");
  private static final int COUNT = 40;
  private static final int BUCKETS = 60;
  private static final int LIMIT_BYTES = 8_000;

  @TempDir Path directory;

  @Test
  void aCaptureThatTheBudgetRefusesCopiesNothing() {
    try (TsdbFixture db = new TsdbFixture(directory)) {
      WriteBatch batch = new WriteBatch().reset(TENANT);
      batch.addSeries(WriteBatch.NO_REF, A.bytes(), 0, A.bytes().length);
      Random random = new Random(1);
      for (int i = 0; i < COUNT; i++) {
        batch.addHistogram(NOW_MS - COUNT + i, histogram(random));
      }
      assertThat(db.tsdb.write(batch).join().storedSamples()).isEqualTo(COUNT);
      // Once with room, so that all classes are loaded.
      assertThat(db.readAll(TENANT).get(A)).hasSize(COUNT);
      refusedBytes(db);

      assertThat(refusedBytes(db)).isLessThan(LIMIT_BYTES);
    }
  }

  /// A gauge that has little in common with the one before: the open chunk is larger than the
  /// limit.
  private static NativeHistogram histogram(Random random) {
    long[] buckets = new long[BUCKETS];
    double count = 0;
    for (int i = 0; i < BUCKETS; i++) {
      double bucket = random.nextDouble();
      buckets[i] = Double.doubleToRawLongBits(bucket);
      count += bucket;
    }
    return new NativeHistogram(
        ResetHint.GAUGE,
        true,
        0,
        0.001,
        0,
        Double.doubleToRawLongBits(count),
        1,
        new int[] {0, BUCKETS},
        buckets,
        new int[0],
        new long[0],
        new double[0]);
  }

  /// The bytes that are allocated until a query's budget refuses.
  private static long refusedBytes(TsdbFixture db) {
    MemoryBudget budget = MemoryBudget.root("test", LIMIT_BYTES);
    QueryControl control = new QueryControl(budget, TimeSource.SYSTEM, Duration.ofHours(1));
    try (Querier querier = db.tsdb.querier(TENANT, Long.MIN_VALUE, Long.MAX_VALUE, control)) {
      SeriesSet set = querier.select(SelectHints.sorted(Long.MIN_VALUE, Long.MAX_VALUE), List.of());
      assertThat(set.next()).isTrue();
      SampleCursor cursor = set.samples();
      SampleColumn column = new SampleColumn(control);
      long before = allocatedBytes();
      assertThatThrownBy(() -> cursor.nextRun(column)).isInstanceOf(LimitExceededException.class);
      long allocated = allocatedBytes() - before;
      column.release();
      return allocated;
    }
  }

  private static long allocatedBytes() {
    return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
        .getCurrentThreadAllocatedBytes();
  }
}
