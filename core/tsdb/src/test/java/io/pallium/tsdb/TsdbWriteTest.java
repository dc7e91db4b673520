package io.pallium.tsdb;

import static io.pallium.tsdb.TsdbFixture.NOW_MS;
import static io.pallium.tsdb.TsdbFixture.OTHER;
import static io.pallium.tsdb.TsdbFixture.TENANT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import io.pallium.model.RejectReason;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteResult;
import io.pallium.tsdb.TsdbFixture.Sample;
import io.pallium.tsdb.head.HeadConfig;
import io.pallium.tsdb.head.HeadLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a batch does to the head, and what the answer says.
class TsdbWriteTest {
  private static final Labels A = Labels.of("__name__", "up", "instance", "a");
  private static final Labels B = Labels.of("__name__", "up", "instance", "b");
  private static final Labels C = Labels.of("__name__", "other", "instance", "c");

  @TempDir Path directory;

  @Test
  void writtenSamplesAreReadBack() {
    try (TsdbFixture db = new TsdbFixture(directory)) {
      db.write(TENANT, Sample.of(A, NOW_MS, 1), Sample.of(B, NOW_MS, 2));
      db.write(TENANT, Sample.of(A, NOW_MS + 15_000, 3));

      assertThat(db.readAll(TENANT))
          .containsExactly(
              Map.entry(A, floats(NOW_MS, 1, NOW_MS + 15_000, 3)), Map.entry(B, floats(NOW_MS, 2)));
      assertThat(db.readAll(OTHER)).isEmpty();
    }
  }

  @Test
  void refsHoldUntilTheProcessEnds() {
    try (TsdbFixture db = new TsdbFixture(directory)) {
      long ref = db.write(TENANT, Sample.of(A, NOW_MS, 1)).ref(0);
      assertThat(ref).isNotZero();

      WriteResult known = writeByRef(db, db.tsdb.incarnation(), ref, NOW_MS + 1, 2);
      assertThat(known.unknownRefCount()).isZero();
      assertThat(known.storedSamples()).isOne();

      assertThat(writeByRef(db, db.tsdb.incarnation() + 2, ref, NOW_MS + 2, 3).unknownRefCount())
          .isOne();
      assertThat(writeByRef(db, db.tsdb.incarnation(), ref + 1, NOW_MS + 2, 3).unknownRefCount())
          .isOne();
      assertThat(
              writeByRef(db, db.tsdb.incarnation(), ref + (1L << 32), NOW_MS + 2, 3)
                  .unknownRefCount())
          .isOne();
      long incarnation = db.tsdb.incarnation();
      db.restart();
      assertThat(writeByRef(db, incarnation, ref, NOW_MS + 2, 3).unknownRefCount()).isOne();
      assertThat(db.readAll(TENANT))
          .containsExactly(Map.entry(A, floats(NOW_MS, 1, NOW_MS + 1, 2)));
    }
  }

  @Test
  void refOfOneTenantIsUnknownForAnother() {
    try (TsdbFixture db = new TsdbFixture(directory)) {
      long ref = db.write(TENANT, Sample.of(A, NOW_MS, 1)).ref(0);
      db.write(OTHER, Sample.of(B, NOW_MS, 1));

      WriteBatch batch = new WriteBatch().reset(OTHER).session(1, db.tsdb.incarnation());
      batch.addSeries(ref);
      batch.addSample(NOW_MS + 1, 0);

      assertThat(db.tsdb.write(batch).join().unknownRefCount()).isOne();
      assertThat(db.readAll(TENANT)).containsExactly(Map.entry(A, floats(NOW_MS, 1)));
    }
  }

  @Test
  void repeatedSamplesAreSuccessAndOthersAreRefused() {
    try (TsdbFixture db = new TsdbFixture(directory)) {
      db.write(TENANT, Sample.of(A, 1000, 1), Sample.of(A, 2000, 2), Sample.of(A, 3000, 3));

      WriteResult repeated =
          db.write(TENANT, Sample.of(A, 1000, 1), Sample.of(A, 2000, 2), Sample.of(A, 3000, 3));
      assertThat(repeated.hasRejected()).isFalse();
      assertThat(repeated.storedSamples()).isEqualTo(3);

      WriteResult changed = db.write(TENANT, Sample.of(A, 3000, 4));
      assertThat(changed.firstReason()).isEqualTo(RejectReason.NEW_VALUE_FOR_TIMESTAMP);
      WriteResult old = db.write(TENANT, Sample.of(A, 2000, 4), Sample.of(B, 2500, 1));
      assertThat(old.firstReason()).isEqualTo(RejectReason.OUT_OF_ORDER);
      assertThat(old.firstRejection())
          .isEqualTo(
              "out of order sample; sample timestamp 1970-01-01T00:00:02Z, series "
                  + "{__name__=\"up\", instance=\"a\"}");
      assertThat(old.storedSamples()).isOne();
      assertThat(db.readAll(TENANT))
          .containsExactly(
              Map.entry(A, floats(1000, 1, 2000, 2, 3000, 3)), Map.entry(B, floats(2500, 1)));
    }
  }

  @Test
  void samplesOfOneBatchAreJudgedAgainstEachOther() {
    try (TsdbFixture db = new TsdbFixture(directory)) {
      WriteResult result =
          db.write(
              TENANT,
              Sample.of(A, 1000, 1),
              Sample.of(A, 3000, 3),
              Sample.of(A, 2000, 2),
              Sample.of(A, 1000, 1),
              Sample.of(A, 3000, 3),
              Sample.of(A, 3000, 4));

      assertThat(result.storedSamples()).isEqualTo(4);
      assertThat(result.rejected(RejectReason.OUT_OF_ORDER)).isOne();
      assertThat(result.rejected(RejectReason.NEW_VALUE_FOR_TIMESTAMP)).isOne();
      assertThat(db.readAll(TENANT)).containsExactly(Map.entry(A, floats(1000, 1, 3000, 3)));
    }
  }

  @Test
  void unorderedSamplesOfOneEntryAreRefusedWhateverWasWrittenBefore() {
    try (TsdbFixture db = new TsdbFixture(directory)) {
      db.write(TENANT, Sample.of(B, 1000, 1), Sample.of(B, 2000, 1), Sample.of(B, 3000, 1));

      WriteResult result =
          db.write(TENANT, Sample.of(A, 2000, 1), Sample.of(A, 1500, 1), Sample.of(A, 3000, 1));

      assertThat(result.rejected(RejectReason.OUT_OF_ORDER)).isOne();
      assertThat(result.storedSamples()).isEqualTo(2);
      assertThat(db.readAll(TENANT).get(A)).isEqualTo(floats(2000, 1, 3000, 1));
    }
  }

  /// Were each old sample looked for among all others, this would take minutes.
  @Test
  void batchOfOldSamplesTakesAPassOnly() {
    try (TsdbFixture db = new TsdbFixture(directory)) {
      int count = 1_000_000;
      long fromMs = NOW_MS - 2 * count;
      WriteBatch batch = new WriteBatch().reset(TENANT);
      batch.addSeries(WriteBatch.NO_REF, A.bytes(), 0, A.bytes().length);
      batch.addSample(fromMs, 0);
      batch.addSample(fromMs + count + 1, 0);
      for (int i = 0; i < count; i++) {
        batch.addSample(fromMs + count - i, 0);
      }

      WriteResult result =
          assertTimeoutPreemptively(Duration.ofSeconds(20), () -> db.tsdb.write(batch).join());

      assertThat(result.rejected(RejectReason.OUT_OF_ORDER)).isEqualTo(count);
    }
  }

  @Test
  void farFutureAndFarPastMoveNothing() {
    try (TsdbFixture db = new TsdbFixture(directory)) {
      WriteResult future = db.write(TENANT, Sample.of(A, NOW_MS + 365L * 86_400_000, 1));
      assertThat(future.firstReason()).isEqualTo(RejectReason.TOO_FAR_IN_FUTURE);
      assertThat(future.ref(0)).isZero();
      assertThat(db.select(TENANT)).isEmpty();

      long hourMs = 3_600_000;
      db.write(TENANT, Sample.of(A, NOW_MS, 1));
      assertThat(db.write(TENANT, Sample.of(B, NOW_MS - 3 * hourMs, 1)).hasRejected()).isFalse();
      assertThat(db.write(TENANT, Sample.of(C, NOW_MS - 3 * hourMs - 1, 1)).firstReason())
          .isEqualTo(RejectReason.OUT_OF_BOUNDS);
      assertThat(db.write(TENANT, Sample.of(C, Long.MIN_VALUE, 1)).firstReason())
          .isEqualTo(RejectReason.OUT_OF_BOUNDS);
      assertThat(db.write(TENANT, Sample.of(C, Long.MAX_VALUE, 1)).firstReason())
          .isEqualTo(RejectReason.TOO_FAR_IN_FUTURE);
      assertThat(db.select(TENANT)).containsExactly(A, B);
    }
  }

  @Test
  void staleMarkersSurviveToTheBit() {
    long staleBits = 0x7ff0_0000_0000_0002L;
    long otherNan = 0xfff8_dead_beef_0001L;
    try (TsdbFixture db = new TsdbFixture(directory)) {
      db.write(
          TENANT,
          new Sample(A, NOW_MS, staleBits, null),
          new Sample(A, NOW_MS + 1, otherNan, null),
          Sample.of(A, NOW_MS + 2, -0.0));

      db.restart();

      assertThat(db.readAll(TENANT).get(A))
          .containsExactly(
              Map.entry(NOW_MS, staleBits),
              Map.entry(NOW_MS + 1, otherNan),
              Map.entry(NOW_MS + 2, Double.doubleToRawLongBits(-0.0)));
    }
  }

  @Test
  void seriesLimitsRefuseNewSeriesOnly() {
    try (TsdbFixture db =
        new TsdbFixture(
            directory,
            HeadConfig.defaults(),
            _ -> new HeadLimits(2, 1, Duration.ofMinutes(10), Duration.ZERO, 0, 0))) {
      WriteResult perMetric = db.write(TENANT, Sample.of(A, NOW_MS, 1), Sample.of(B, NOW_MS, 1));
      assertThat(perMetric.rejected(RejectReason.SERIES_LIMIT_PER_METRIC)).isOne();
      assertThat(perMetric.firstRejection())
          .startsWith("per-metric series limit of 1 exceeded")
          .contains("instance=\"b\"");

      Labels d = Labels.of("__name__", "third");
      WriteResult perTenant =
          db.write(
              TENANT,
              Sample.of(C, NOW_MS, 1),
              Sample.of(d, NOW_MS, 1),
              Sample.of(A, NOW_MS + 1, 2));
      assertThat(perTenant.rejected(RejectReason.SERIES_LIMIT_PER_TENANT)).isOne();
      assertThat(perTenant.storedSamples()).isEqualTo(2);
      assertThat(db.select(TENANT)).containsExactly(C, A);
    }
  }

  @Test
  void eachTenantHasItsOwnGraceForTheFuture() {
    HeadLimits anHour = new HeadLimits(0, 0, Duration.ofHours(1), Duration.ZERO, 0, 0);
    try (TsdbFixture db =
        new TsdbFixture(
            directory,
            HeadConfig.defaults(),
            tenant -> tenant.equals(TENANT) ? anHour : HeadLimits.defaults())) {
      long halfAnHourAheadMs = NOW_MS + 30 * 60_000;

      WriteResult withAnHour = db.write(TENANT, Sample.of(A, halfAnHourAheadMs, 1));
      WriteResult withTenMinutes = db.write(OTHER, Sample.of(A, halfAnHourAheadMs, 1));

      assertThat(withAnHour.hasRejected()).isFalse();
      assertThat(withTenMinutes.firstReason()).isEqualTo(RejectReason.TOO_FAR_IN_FUTURE);
      assertThat(withTenMinutes.firstRejection()).contains("creation_grace_period");
    }
  }

  @Test
  void seriesWithoutLabelsOrSamplesIsNotMade() {
    try (TsdbFixture db = new TsdbFixture(directory)) {
      WriteBatch batch = new WriteBatch().reset(TENANT);
      batch.addSeries(WriteBatch.NO_REF, A.bytes(), 0, A.bytes().length);
      batch.addSeries(WriteBatch.NO_REF, new byte[0], 0, 0);
      batch.addSample(NOW_MS, 0);

      WriteResult result = db.tsdb.write(batch).join();

      assertThat(result.ref(0)).isZero();
      assertThat(result.rejected(RejectReason.NO_LABELS)).isOne();
      assertThat(db.select(TENANT)).isEmpty();
    }
  }

  @Test
  void chunksAndRestartsKeepEverySample() {
    try (TsdbFixture db = new TsdbFixture(directory)) {
      TreeMap<Long, Object> expected = new TreeMap<>();
      for (int i = 0; i < 1000; i++) {
        long timestampMs = NOW_MS - 3_000_000 + i * 3_000L;
        double value = i % 3 == 0 ? Math.sin(i) : i;
        db.write(TENANT, Sample.of(A, timestampMs, value));
        expected.put(timestampMs, Double.doubleToRawLongBits(value));
      }

      assertThat(db.readAll(TENANT).get(A)).isEqualTo(expected);
      long fromMs = NOW_MS - 2_500_500;
      long toMs = NOW_MS - 99_999;
      assertThat(db.read(TENANT, fromMs, toMs).get(A))
          .isEqualTo(expected.subMap(fromMs, true, toMs, true));
      db.restart();
      assertThat(db.readAll(TENANT).get(A)).isEqualTo(expected);
    }
  }

  @Test
  void labelsOfARefusedSeriesAreNotLogged() {
    try (TsdbFixture db = new TsdbFixture(directory)) {
      db.write(TENANT, Sample.of(A, Long.MAX_VALUE, 1));
      db.write(TENANT, Sample.of(B, NOW_MS, 1));

      db.restart();

      assertThat(db.select(TENANT)).isEqualTo(List.of(B));
    }
  }

  @Test
  void histogramThatGoesOnFromTheOneBeforeSaysSo() {
    try (TsdbFixture db = new TsdbFixture(directory)) {
      db.write(TENANT, Sample.of(A, NOW_MS, histogram(3)));
      db.write(TENANT, Sample.of(A, NOW_MS + 1, histogram(5)));
      db.write(TENANT, Sample.of(A, NOW_MS + 2, histogram(4)));
      db.write(TENANT, Sample.of(A, NOW_MS + 3, 1));
      db.write(TENANT, Sample.of(A, NOW_MS + 4, histogram(6)));
      WriteResult again = db.write(TENANT, Sample.of(A, NOW_MS + 4, histogram(6)));

      List<ResetHint> hints = new ArrayList<>();
      for (TreeMap<Long, Object> samples : db.readAll(TENANT).values()) {
        for (Object sample : samples.values()) {
          if (sample instanceof NativeHistogram histogram) {
            hints.add(histogram.resetHint());
          }
        }
      }

      assertThat(hints)
          .containsExactly(ResetHint.UNKNOWN, ResetHint.NO, ResetHint.UNKNOWN, ResetHint.UNKNOWN);
      assertThat(again.hasRejected()).isFalse();
    }
  }

  private static NativeHistogram histogram(long count) {
    return new NativeHistogram(
        ResetHint.UNKNOWN,
        false,
        0,
        0,
        0,
        count,
        1,
        new int[] {0, 1},
        new long[] {count},
        new int[0],
        new long[0],
        new double[0]);
  }

  private static WriteResult writeByRef(
      TsdbFixture db, long incarnation, long ref, long timestampMs, double value) {
    WriteBatch batch = new WriteBatch().reset(TENANT).session(7, incarnation);
    batch.addSeries(ref);
    batch.addSample(timestampMs, Double.doubleToRawLongBits(value));
    return db.tsdb.write(batch).join();
  }

  private static TreeMap<Long, Object> floats(double... timesAndValues) {
    TreeMap<Long, Object> samples = new TreeMap<>();
    for (int i = 0; i < timesAndValues.length; i += 2) {
      samples.put((long) timesAndValues[i], Double.doubleToRawLongBits(timesAndValues[i + 1]));
    }
    return samples;
  }
}
