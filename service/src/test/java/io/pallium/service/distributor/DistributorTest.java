package io.pallium.service.distributor;

import static io.pallium.service.distributor.DistributorFixture.NOW_MS;
import static io.pallium.service.distributor.DistributorFixture.TENANT;
import static io.pallium.service.distributor.DistributorFixture.request;
import static io.pallium.service.distributor.ProtoWriter.sample;
import static io.pallium.service.distributor.ProtoWriter.series;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.BadRequestException;
import io.pallium.base.ErrorKind;
import io.pallium.base.LimitExceededException;
import io.pallium.base.PalliumException;
import io.pallium.base.UnavailableException;
import io.pallium.base.config.DataSize;
import io.pallium.model.Labels;
import io.pallium.model.RejectReason;
import io.pallium.model.TenantId;
import io.pallium.service.distributor.FakeIngester.Stored;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The answers to remote write requests, end to end over ingesters in memory.
final class DistributorTest {
  private final DistributorFixture fixture = new DistributorFixture();

  @Test
  void storesWhatIsValid() {
    PushOutcome outcome = fixture.push(series("__name__", "up").messageField(2, sample(NOW_MS, 1)));

    assertThat(outcome.isComplete()).isTrue();
    assertThat(outcome.storedSamples()).isEqualTo(1);
    assertThat(fixture.ingester().samples)
        .containsExactly(
            new Stored(TENANT, Labels.of("__name__", "up"), NOW_MS, Double.doubleToRawLongBits(1)));
  }

  @Test
  void sendsLabelsOnceAndRefsFromThenOn() {
    for (int i = 0; i < 3; i++) {
      fixture.push(
          series("__name__", "a").messageField(2, sample(NOW_MS + i, i)),
          series("__name__", "b").messageField(2, sample(NOW_MS + i, i)));
    }

    assertThat(fixture.ingester().labelledSeries).isEqualTo(2);
    assertThat(fixture.ingester().samples).hasSize(6);
  }

  @Test
  void resendsWithLabelsAfterAnIngesterRestarted() {
    fixture.push(series("__name__", "a").messageField(2, sample(NOW_MS, 1)));
    fixture.ingester().restart();

    PushOutcome outcome = fixture.push(series("__name__", "a").messageField(2, sample(NOW_MS, 2)));

    assertThat(outcome.storedSamples()).isEqualTo(1);
    assertThat(fixture.ingester().samples).hasSize(2);
    assertThat(fixture.counter("pallium_distributor_resent_series")).isEqualTo(1);
  }

  @Test
  void resendsOnlyTheSeriesThatWereForgotten() {
    ProtoWriter[] all = {
      series("__name__", "a").messageField(2, sample(NOW_MS, 1)),
      series("__name__", "b").messageField(2, sample(NOW_MS, 2)).messageField(2, sample(NOW_MS, 3)),
      series("__name__", "c").messageField(2, sample(NOW_MS, 4)),
    };
    fixture.push(all);
    fixture.ingester().forget(TENANT, Labels.of("__name__", "b"));
    fixture.ingester().samples.clear();

    PushOutcome outcome = fixture.push(all);

    assertThat(outcome.storedSamples()).isEqualTo(4);
    assertThat(fixture.ingester().samples)
        .extracting(s -> Double.longBitsToDouble(s.valueBits()))
        .containsExactly(1.0, 4.0, 2.0, 3.0);
    assertThat(fixture.ingester().labelledSeries).isEqualTo(4);
  }

  @Test
  void storesTheRestWhenASeriesIsInvalid() {
    PushOutcome outcome =
        fixture.push(
            series("__name__", "a", "a", "1", "a", "2").messageField(2, sample(NOW_MS, 1)),
            series("job", "x").messageField(2, sample(NOW_MS, 1)),
            series("__name__", "good").messageField(2, sample(NOW_MS, 1)));

    assertThat(fixture.ingester().samples).hasSize(1);
    assertThat(outcome.firstReason()).isEqualTo(RejectReason.DUPLICATE_LABEL_NAMES);
    assertThat(outcome.text())
        .isEqualTo(
            "label \"a\" is there twice in series {__name__=\"a\", a=\"1\", a=\"2\"}"
                + " (err-pallium-duplicate-label-names); not stored:"
                + " 1 samples for err-pallium-missing-metric-name,"
                + " 1 samples for err-pallium-duplicate-label-names");
    assertThat(
            fixture.counter("pallium_discarded_samples", "duplicate_label_names", TENANT.value()))
        .isEqualTo(1);
  }

  @Test
  void refusesAnInvalidSeriesAgainFromTheAlias() {
    ProtoWriter bad = series("job", "x").messageField(2, sample(NOW_MS, 1));
    PushOutcome first = fixture.push(bad);

    PushOutcome second = fixture.push(bad);

    assertThat(second).isEqualTo(first);
  }

  @Test
  void mergesWhatTheIngesterRefusedWithWhatItRefusedItself() {
    fixture.ingester().refusedMetric = "old";

    PushOutcome outcome =
        fixture.push(
            series("__name__", "old").messageField(2, sample(NOW_MS, 1)),
            series("job", "nameless").messageField(2, sample(NOW_MS, 1)),
            series("__name__", "good").messageField(2, sample(NOW_MS, 1)));

    assertThat(outcome.storedSamples()).isEqualTo(1);
    assertThat(outcome.rejectedCount()).isEqualTo(2);
    assertThat(outcome.firstReason()).isEqualTo(RejectReason.MISSING_METRIC_NAME);
    assertThat(outcome.text()).contains("1 samples for err-pallium-sample-out-of-order");
  }

  @Test
  void aRetryableFailureWinsOverInvalidSeries() {
    fixture.ingester().failure = new UnavailableException("the log is not writable");

    CompletableFuture<PushOutcome> outcome =
        fixture.push(
            TENANT,
            request(
                series("job", "x").messageField(2, sample(NOW_MS, 1)),
                series("__name__", "good").messageField(2, sample(NOW_MS, 1))));

    assertThat(kind(outcome)).isEqualTo(ErrorKind.UNAVAILABLE);
    assertThat(fixture.counter("pallium_discarded_samples", "missing_metric_name", TENANT.value()))
        .isZero();
  }

  @Test
  void aRetryableFailureWinsOverOneThatIsNotWhicheverCameFirst() {
    for (int retryable = 0; retryable < 2; retryable++) {
      DistributorFixture two =
          new DistributorFixture(2, DistributorFixture.config(1_000_000, DataSize.ofMebibytes(64)));
      two.ingesters.get(retryable).failure = new UnavailableException("the log is not writable");
      two.ingesters.get(1 - retryable).failure = new BadRequestException("not a batch");
      ProtoWriter[] all = new ProtoWriter[50];
      for (int i = 0; i < all.length; i++) {
        all[i] = series("__name__", "m" + i).messageField(2, sample(NOW_MS, i));
      }

      assertThat(kind(two.push(TENANT, request(all)))).isEqualTo(ErrorKind.UNAVAILABLE);
    }
  }

  @Test
  void refusesAWholeRequestOverTheRateAndSaysWhenToComeBack() {
    fixture.limits = withRate(10, 2);
    ProtoWriter two =
        series("__name__", "a")
            .messageField(2, sample(NOW_MS, 1))
            .messageField(2, sample(NOW_MS + 1, 1));
    fixture.push(two);

    assertThatThrownBy(() -> fixture.push(two))
        .hasCauseInstanceOf(LimitExceededException.class)
        .hasMessageContaining("ingestion_rate")
        .hasMessageContaining("err-pallium-tenant-max-ingestion-rate");
    assertThat(
            fixture.counter("pallium_distributor_failed_requests", "rate_limited", TENANT.value()))
        .isOne();
    assertThat(fixture.counter("pallium_discarded_samples", "tenant_max_ingestion_rate"))
        .isEqualTo(2);

    fixture.time.advance(Duration.ofMillis(200));
    assertThat(fixture.push(two).isComplete()).isTrue();
  }

  @Test
  void saysThatARequestLargerThanTheBurstNeverPasses() {
    fixture.limits = withRate(10, 1);
    ProtoWriter two =
        series("__name__", "a")
            .messageField(2, sample(NOW_MS, 1))
            .messageField(2, sample(NOW_MS + 1, 1));

    assertThatThrownBy(() -> fixture.push(two))
        .hasCauseInstanceOf(LimitExceededException.class)
        .hasMessageContaining("can never pass")
        .hasMessageContaining("raise ingestion_burst_size");
  }

  @Test
  void refusesWhatIsTooLarge() {
    assertThat(kind(fixture.pushRaw(new byte[(1 << 20) + 1]))).isEqualTo(ErrorKind.TOO_LARGE);
    byte[] bomb = {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f, 0};
    assertThat(kind(fixture.pushRaw(bomb))).isEqualTo(ErrorKind.TOO_LARGE);
    byte[] liar = {(byte) 0x80, (byte) 0x80, (byte) 0x80, 1, 0};
    assertThat(kind(fixture.pushRaw(liar))).isEqualTo(ErrorKind.BAD_REQUEST);
    assertThat(fixture.gauge("pallium_distributor_inflight_bytes")).isZero();
  }

  @Test
  void leavesNothingBehindOfABodyThatCannotBeDecoded() {
    byte[] good = request(series("__name__", "a").messageField(2, sample(NOW_MS, 1))).toBytes();
    byte[] bad = new ProtoWriter().raw(good).tag(1, 2).varint(100).toBytes();

    assertThat(kind(fixture.pushRaw(DistributorFixture.snappy(bad))))
        .isEqualTo(ErrorKind.BAD_REQUEST);
    assertThat(fixture.ingester().batches).isZero();
  }

  @Test
  void refusesMoreThanTheNodeTakesAtOnce() {
    fixture.ingester().isHolding = true;
    ProtoWriter big = series("__name__", "a", "filler", "x".repeat(2000));
    for (int i = 0; i < 60_000; i++) {
      big.messageField(2, sample(NOW_MS + i, 1));
    }
    CompletableFuture<PushOutcome> first = fixture.push(TENANT, request(big));
    CompletableFuture<PushOutcome> second = fixture.push(TENANT, request(big));

    assertThat(kind(fixture.push(TENANT, request(big)))).isEqualTo(ErrorKind.UNAVAILABLE);

    fixture.ingester().release();
    assertThat(first.join().storedSamples() + second.join().storedSamples()).isEqualTo(120_000);
    assertThat(fixture.gauge("pallium_distributor_inflight_bytes")).isZero();
  }

  @Test
  void keepsTenantsApart() {
    TenantId other = new TenantId("team-b");
    ProtoWriter one = series("__name__", "a").messageField(2, sample(NOW_MS, 1));
    fixture.push(TENANT, request(one)).join();
    fixture.push(other, request(one)).join();
    fixture.push(other, request(one)).join();

    assertThat(fixture.ingester().samples)
        .extracting(Stored::tenant)
        .containsExactly(TENANT, other, other);
    assertThat(fixture.ingester().labelledSeries).isEqualTo(2);
  }

  @Test
  void judgesAgainWhenTheLimitsChange() {
    ProtoWriter one = series("__name__", "a", "job", "abcdef").messageField(2, sample(NOW_MS, 1));
    assertThat(fixture.push(one).isComplete()).isTrue();

    fixture.limits = withMaxValueLength(5);
    assertThat(fixture.push(one).firstReason()).isEqualTo(RejectReason.LABEL_VALUE_TOO_LONG);

    fixture.limits = DistributorLimits.defaults();
    assertThat(fixture.push(one).isComplete()).isTrue();
  }

  @Test
  void sendsEachSeriesToTheIngesterThatOwnsIt() {
    DistributorFixture three =
        new DistributorFixture(3, DistributorFixture.config(1_000_000, DataSize.ofMebibytes(64)));
    ProtoWriter[] all = new ProtoWriter[300];
    for (int i = 0; i < all.length; i++) {
      all[i] = series("__name__", "m" + i).messageField(2, sample(NOW_MS, i));
    }
    three.push(all);
    three.ingesters.get(1).restart();
    PushOutcome outcome = three.push(all);

    assertThat(outcome.storedSamples()).isEqualTo(300);
    for (FakeIngester ingester : three.ingesters) {
      assertThat(ingester.samples).hasSizeBetween(120, 280);
    }
    assertThat(three.ingesters.stream().mapToInt(i -> i.samples.size()).sum()).isEqualTo(600);
  }

  @Test
  void storesMoreSeriesThanTheAliasCacheKeeps() {
    DistributorFixture small =
        new DistributorFixture(1, DistributorFixture.config(100, DataSize.ofMebibytes(1)));
    for (int round = 0; round < 3; round++) {
      ProtoWriter[] all = new ProtoWriter[500];
      for (int i = 0; i < all.length; i++) {
        all[i] = series("__name__", "m" + i).messageField(2, sample(NOW_MS + round, i));
      }
      assertThat(small.push(all).storedSamples()).isEqualTo(500);
    }
    assertThat(small.ingester().samples.stream().distinct().count()).isEqualTo(1500);
  }

  private static DistributorLimits withRate(double rate, long burst) {
    DistributorLimits d = DistributorLimits.defaults();
    return new DistributorLimits(
        rate,
        burst,
        d.maxLabelNameLength(),
        d.maxLabelValueLength(),
        d.maxLabelNamesPerSeries(),
        d.maxLabelsSizeBytes(),
        d.enforceMetricName(),
        d.rejectOldSamples(),
        d.rejectOldSamplesMaxAge(),
        d.maxMetadataLength(),
        d.enforceMetadataMetricName(),
        d.histograms());
  }

  static DistributorLimits withMaxValueLength(int bytes) {
    DistributorLimits d = DistributorLimits.defaults();
    return new DistributorLimits(
        0,
        0,
        d.maxLabelNameLength(),
        bytes,
        d.maxLabelNamesPerSeries(),
        d.maxLabelsSizeBytes(),
        d.enforceMetricName(),
        d.rejectOldSamples(),
        d.rejectOldSamplesMaxAge(),
        d.maxMetadataLength(),
        d.enforceMetadataMetricName(),
        d.histograms());
  }

  private static @Nullable ErrorKind kind(CompletableFuture<PushOutcome> outcome) {
    return outcome
        .handle((_, error) -> error instanceof PalliumException e ? e.kind() : null)
        .join();
  }
}
