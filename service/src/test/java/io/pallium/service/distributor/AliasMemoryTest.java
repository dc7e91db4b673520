package io.pallium.service.distributor;

import static io.pallium.service.distributor.DistributorFixture.NOW_MS;
import static io.pallium.service.distributor.DistributorFixture.request;
import static io.pallium.service.distributor.ProtoWriter.sample;
import static io.pallium.service.distributor.ProtoWriter.series;
import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.config.DataSize;
import io.pallium.model.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The memory of all tenants' alias caches together: bounded, given back, and never a reason to
/// refuse a write.
final class AliasMemoryTest {
  private static final long TOTAL_BYTES = 256 << 10;
  private static final TenantId LARGE = new TenantId("large");
  private static final TenantId SMALL = new TenantId("small");

  private final DistributorFixture fixture =
      new DistributorFixture(
          1,
          DistributorFixture.config(
              1_000_000, DataSize.ofMebibytes(64), DataSize.ofBytes(TOTAL_BYTES)));

  @Test
  void manyTenantsStayWithinTheTotal() {
    for (int round = 0; round < 3; round++) {
      for (int tenant = 0; tenant < 50; tenant++) {
        PushOutcome outcome = push(new TenantId("tenant-" + tenant), "m", 200);

        assertThat(outcome.storedSamples()).isEqualTo(200);
        assertThat(aliasBytes()).isPositive().isLessThanOrEqualTo(TOTAL_BYTES);
      }
    }
    assertThat(fixture.counter("pallium_distributor_alias_cache_sheds")).isPositive();
  }

  @Test
  void refusedSeriesCountWithinTheTotal() {
    for (int request = 0; request < 20; request++) {
      PushOutcome outcome = push(LARGE, "", 1000, "churn-" + request);

      assertThat(outcome.storedSamples()).isZero();
      assertThat(aliasBytes()).isPositive().isLessThanOrEqualTo(TOTAL_BYTES);
    }
  }

  @Test
  void aSmallTenantFindsRoomBesideOneThatTookAllOfIt() {
    for (int request = 0; request < 20; request++) {
      push(LARGE, "m", 500, "churn-" + request);
    }
    push(SMALL, "m", 100);
    long labelled = fixture.ingester().labelledSeries;

    push(SMALL, "m", 100);

    assertThat(fixture.ingester().labelledSeries).isEqualTo(labelled);
  }

  @Test
  void anIdleTenantGivesItsMemoryBack() {
    push(SMALL, "m", 1);
    double ofSmall = aliasBytes();
    push(LARGE, "m", 500);
    assertThat(aliasBytes()).isGreaterThan(10 * ofSmall);

    fixture.time.advance(Duration.ofHours(2));
    push(SMALL, "m", 1);

    assertThat(aliasBytes()).isEqualTo(ofSmall);
  }

  @Test
  void newLimitsGiveTheMemoryOfOldVerdictsBack() {
    push(LARGE, "m", 1);
    double ofOneSeries = aliasBytes();
    push(LARGE, "m", 500);

    fixture.limits = DistributorTest.withMaxValueLength(1000);
    push(LARGE, "m", 1);

    assertThat(aliasBytes()).isEqualTo(ofOneSeries);
  }

  @Test
  void aTotalWithoutRoomForARowRefusesNothing() {
    DistributorFixture tiny =
        new DistributorFixture(
            1, DistributorFixture.config(1_000_000, DataSize.ofMebibytes(64), DataSize.ofBytes(1)));
    for (int i = 0; i < 3; i++) {
      PushOutcome outcome =
          tiny.push(series("__name__", "up").messageField(2, sample(NOW_MS + i, 1)));

      assertThat(outcome.storedSamples()).isEqualTo(1);
    }
    assertThat(tiny.gauge("pallium_distributor_alias_cache_bytes")).isZero();
  }

  @Test
  void tenantsThatTakeEachOthersRoomAtOnceStayWithinTheTotal() throws Exception {
    List<Callable<Long>> tasks = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      TenantId tenant = new TenantId("tenant-" + thread);
      tasks.add(
          () -> {
            long stored = 0;
            for (int request = 0; request < 50; request++) {
              stored += push(tenant, "m", 200, "churn-" + request / 2).storedSamples();
              assertThat(aliasBytes()).isLessThanOrEqualTo(TOTAL_BYTES);
            }
            return stored;
          });
    }
    try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
      for (Future<Long> stored : pool.invokeAll(tasks)) {
        assertThat(stored.get()).isEqualTo(50 * 200);
      }
    }
    fixture.time.advance(Duration.ofHours(2));
    push(SMALL, "m", 1);
    assertThat(aliasBytes()).isLessThan(10_000);
  }

  private double aliasBytes() {
    return fixture.gauge("pallium_distributor_alias_cache_bytes");
  }

  private PushOutcome push(TenantId tenant, String metric, int count) {
    return push(tenant, metric, count, "always");
  }

  private PushOutcome push(TenantId tenant, String metric, int count, String run) {
    ProtoWriter[] all =
        IntStream.range(0, count)
            .mapToObj(
                i ->
                    series("__name__", metric, "instance", "host-" + i, "run", run)
                        .messageField(2, sample(NOW_MS, i)))
            .toArray(ProtoWriter[]::new);
    return fixture.push(tenant, request(all)).join();
  }
}
