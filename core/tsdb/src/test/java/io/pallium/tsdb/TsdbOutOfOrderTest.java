package io.pallium.tsdb;

import static io.pallium.tsdb.TsdbFixture.NOW_MS;
import static io.pallium.tsdb.TsdbFixture.OTHER;
import static io.pallium.tsdb.TsdbFixture.TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import io.pallium.model.RejectReason;
import io.pallium.model.WriteResult;
import io.pallium.tsdb.TsdbFixture.Sample;
import io.pallium.tsdb.head.HeadConfig;
import io.pallium.tsdb.head.HeadLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Samples that are older than the newest of their series, for a tenant that may send them.
class TsdbOutOfOrderTest {
  private static final Labels A = Labels.of("__name__", "up", "instance", "a");
  private static final Labels B = Labels.of("__name__", "up", "instance", "b");
  private static final Duration WINDOW = Duration.ofMinutes(30);
  private static final long WINDOW_MS = WINDOW.toMillis();

  @TempDir Path directory;

  private TsdbFixture open() {
    HeadLimits limits = new HeadLimits(0, 0, Duration.ofMinutes(10), WINDOW, 0, 0);
    return new TsdbFixture(
        directory,
        HeadConfig.defaults(),
        tenant -> tenant.equals(TENANT) ? limits : HeadLimits.defaults());
  }

  private static NativeHistogram histogram(int schema, boolean isFloat, double count) {
    long bits = isFloat ? Double.doubleToRawLongBits(count) : (long) count;
    return new NativeHistogram(
        ResetHint.GAUGE,
        isFloat,
        schema,
        0,
        0,
        bits,
        1,
        new int[] {0, 1},
        new long[] {bits},
        new int[0],
        new long[0],
        schema == NativeHistogram.CUSTOM_BUCKETS_SCHEMA ? new double[] {0.5} : new double[0]);
  }

  @Test
  void samplesOfAllKindsAreMergedInQueriesInBlocksAndAfterARestart() {
    List<Sample> samples =
        List.of(
            Sample.of(A, NOW_MS, 1),
            Sample.of(A, NOW_MS - 3000, 2),
            Sample.of(A, NOW_MS - 1000, histogram(0, false, 3)),
            Sample.of(A, NOW_MS - 2000, histogram(1, true, 4)),
            Sample.of(A, NOW_MS - 4000, histogram(-53, false, 5)),
            Sample.of(A, NOW_MS - 500, NativeHistogram.stale(true)),
            Sample.of(A, NOW_MS - 600, Double.longBitsToDouble(0x7ff0000000000002L)),
            Sample.of(A, NOW_MS + 1000, 6));
    TreeMap<Long, Object> expected = new TreeMap<>();
    try (TsdbFixture db = open()) {
      for (Sample sample : samples) {
        assertThat(db.write(TENANT, sample).hasRejected()).isFalse();
        expected.put(
            sample.timestampMs(), sample.histogram() == null ? sample.bits() : sample.histogram());
      }
      assertThat(db.readAll(TENANT).get(A)).isEqualTo(expected);
      assertThat(db.read(TENANT, NOW_MS - 3500, NOW_MS - 550).get(A))
          .isEqualTo(expected.subMap(NOW_MS - 3500, NOW_MS - 550));
      assertThat(db.metric("pallium_head_out_of_order_samples_appended_total")).isEqualTo(6);

      db.restart();
      assertThat(db.readAll(TENANT).get(A)).isEqualTo(expected);

      db.tsdb.flush(TENANT);
      assertThat(db.readAll(TENANT).get(A)).isEqualTo(expected);
      assertThat(db.tsdb.blocks(TENANT)).isNotEmpty();
    }
  }

  @Test
  void thousandsOfSamplesInAnyOrderAreStoredOnce() {
    TreeMap<Long, Object> expected = new TreeMap<>();
    try (TsdbFixture db = open()) {
      Sample[] batch = new Sample[1000];
      for (int i = 0; i < batch.length; i++) {
        // A walk through all residues, far from sorted.
        long timestampMs = NOW_MS - (i * 617L) % 1000 * 1000;
        batch[i] = Sample.of(A, timestampMs, i);
        expected.put(timestampMs, batch[i].bits());
      }
      assertThat(db.write(TENANT, batch).storedSamples()).isEqualTo(batch.length);
      assertThat(db.write(TENANT, batch).storedSamples()).isEqualTo(batch.length);
      assertThat(db.readAll(TENANT).get(A)).isEqualTo(expected);

      db.restart();
      assertThat(db.write(TENANT, batch).storedSamples()).isEqualTo(batch.length);
      assertThat(db.readAll(TENANT).get(A)).isEqualTo(expected);
    }
  }

  @Test
  void whatIsRefusedIsSaidByReason() {
    try (TsdbFixture db = open()) {
      db.write(TENANT, Sample.of(A, NOW_MS, 1));
      db.write(TENANT, Sample.of(A, NOW_MS - 10, 2));

      assertThat(reason(db, Sample.of(A, NOW_MS - WINDOW_MS, 3))).isNull();
      assertThat(reason(db, Sample.of(A, NOW_MS - WINDOW_MS - 1, 3)))
          .isEqualTo(RejectReason.TOO_OLD);
      assertThat(reason(db, Sample.of(A, NOW_MS - 10, 2))).isNull();
      assertThat(reason(db, Sample.of(A, NOW_MS - 10, 3)))
          .isEqualTo(RejectReason.NEW_VALUE_FOR_TIMESTAMP);
      assertThat(reason(db, Sample.of(A, NOW_MS - 10, histogram(0, false, 3))))
          .isEqualTo(RejectReason.NEW_VALUE_FOR_TIMESTAMP);
      // A new series is in order, and has the open range.
      assertThat(reason(db, Sample.of(B, NOW_MS - Duration.ofHours(3).toMillis(), 1))).isNull();
      assertThat(reason(db, Sample.of(B, NOW_MS - Duration.ofHours(3).toMillis() - 1, 1)))
          .isEqualTo(RejectReason.TOO_OLD);
      assertThat(db.metric("pallium_head_samples_appended_total")).isEqualTo(4);
    }
  }

  @Test
  void aTenantWithoutAWindowTakesNone() {
    try (TsdbFixture db = open()) {
      db.write(OTHER, Sample.of(A, NOW_MS, 1));

      WriteResult result = db.write(OTHER, Sample.of(A, NOW_MS - 1, 2));

      assertThat(result.firstReason()).isEqualTo(RejectReason.OUT_OF_ORDER);
      assertThat(db.readAll(OTHER).get(A)).hasSize(1);
    }
  }

  private static @Nullable RejectReason reason(TsdbFixture db, Sample sample) {
    return db.write(TENANT, sample).firstReason();
  }
}
