package io.pallium.service.distributor;

import static io.pallium.service.distributor.DistributorFixture.NOW_MS;
import static io.pallium.service.distributor.DistributorFixture.TENANT;
import static io.pallium.service.distributor.DistributorFixture.request;
import static io.pallium.service.distributor.ProtoWriter.sample;
import static io.pallium.service.distributor.ProtoWriter.series;
import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.clock.ManualTimeSource;
import io.pallium.base.config.Overrides;
import io.pallium.cluster.IngesterRing;
import io.pallium.model.Labels;
import io.pallium.model.RejectReason;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleSink;
import io.pallium.tsdb.Tsdb;
import io.pallium.tsdb.TsdbConfig;
import io.pallium.tsdb.TsdbLimits;
import io.pallium.tsdb.file.LocalDurableFiles;
import io.pallium.tsdb.log.LogReplayProgress;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The table of answers over a real database, across a restart of it under the same distributor.
final class DistributorOverTsdbTest {
  @TempDir private Path directory = Path.of("");

  private final ManualTimeSource time = new ManualTimeSource(NOW_MS);
  private Tsdb tsdb;
  private Distributor distributor;

  @BeforeEach
  void open() {
    tsdb = openTsdb();
    distributor =
        new Distributor(
            DistributorConfig.defaults(),
            Overrides.same(DistributorLimits.defaults()),
            new OneIngester(),
            Runnable::run,
            time,
            new PrometheusRegistry());
  }

  @AfterEach
  void close() {
    tsdb.close();
  }

  @Test
  void takesTheSameSampleTwiceAndRefusesAnotherValue() {
    assertThat(push(sample(NOW_MS, Double.NaN)).isComplete()).isTrue();
    assertThat(push(sample(NOW_MS, Double.NaN)).isComplete()).isTrue();
    assertThat(push(sample(NOW_MS, 2)).firstReason())
        .isEqualTo(RejectReason.NEW_VALUE_FOR_TIMESTAMP);
    assertThat(push(sample(NOW_MS - 1, 2)).firstReason()).isEqualTo(RejectReason.OUT_OF_ORDER);
    assertThat(push(sample(NOW_MS + 1, 2)).storedSamples()).isEqualTo(1);
  }

  @Test
  void goesOnAfterTheDatabaseWasOpenedAgain() {
    push(sample(NOW_MS, 1));
    push(sample(NOW_MS + 1, 2));
    tsdb.close();
    tsdb = openTsdb();

    PushOutcome outcome = push(sample(NOW_MS + 2, 3));

    assertThat(outcome.isComplete()).isTrue();
    assertThat(outcome.storedSamples()).isEqualTo(1);
    try (Querier querier =
        tsdb.querier(TENANT, NOW_MS - 1000, NOW_MS + 1000, QueryControl.unlimited())) {
      assertThat(querier.labelValues(Labels.METRIC_NAME, List.of(), 0)).containsExactly("m");
    }
  }

  private PushOutcome push(ProtoWriter sample) {
    byte[] body =
        DistributorFixture.snappy(
            request(series("__name__", "m", "job", "x").messageField(2, sample)).toBytes());
    CompletableFuture<PushOutcome> outcome =
        distributor.push(TENANT, RemoteWriteVersion.V1, body, 0, body.length);
    return outcome.join();
  }

  private Tsdb openTsdb() {
    return Tsdb.open(
        TsdbConfig.defaults(directory),
        new LocalDurableFiles(),
        time,
        TsdbLimits.DEFAULTS,
        new PrometheusRegistry(),
        LogReplayProgress.NONE);
  }

  /// The database that is open now.
  private final class OneIngester implements IngesterRing {
    @Override
    public int size() {
      return 1;
    }

    @Override
    public int owner(int token) {
      return 0;
    }

    @Override
    public SampleSink sink(int ingester) {
      return tsdb;
    }
  }
}
