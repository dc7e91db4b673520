package io.pallium.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.config.Overrides;
import io.pallium.chunk.XorCodec;
import io.pallium.cluster.StaticIngesterRing;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteBatchCodec;
import io.pallium.promql.EngineConfig;
import io.pallium.promql.Features;
import io.pallium.promql.QueryEngine;
import io.pallium.promql.QueryOptions;
import io.pallium.promql.QueryResult;
import io.pallium.promql.parse.ParserLimits;
import io.pallium.service.distributor.Distributor;
import io.pallium.service.distributor.DistributorConfig;
import io.pallium.service.distributor.DistributorLimits;
import io.pallium.service.distributor.RemoteWriteVersion;
import io.pallium.storage.QueryControl;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Hot paths allocate nothing per sample. What is measured is exact (the bytes that this thread has
/// allocated), and the bounds are far from both sides: an object per sample costs 16 bytes or more.
final class AllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final int REQUESTS = 4;
  private static final int SCRAPES = 600;
  private static final long REQUEST_ALLOWANCE_BYTES = 2_048;

  /// The start of a block's range, in the past.
  private static final long START_MS = 1_699_999_200_000L - 1_699_999_200_000L % 7_200_000;

  /// From the compressed body through batch, head and log record. A request may allocate what does
  /// not depend on the number of its samples (its futures, its result); one in twenty may also need
  /// room for what it stores, which grows by whole slabs.
  @ParameterizedTest
  @EnumSource
  void writeOfKnownSeriesAllocatesNothingPerSample(RemoteWriteVersion version) {
    WriteRequests requests = new WriteRequests(version, REQUESTS);
    long[] allocated = new long[SCRAPES * REQUESTS];
    try (Database database = new Database(false)) {
      Distributor distributor = distributor(database);
      // Before the present, since samples may not lie in the future.
      long timestampMs = TimeSource.SYSTEM.nowMs() - 2L * SCRAPES * WriteRequests.INTERVAL_MS;
      for (int scrape = 0; scrape < SCRAPES; scrape++) {
        timestampMs += WriteRequests.INTERVAL_MS;
        requests.nextScrape(timestampMs);
        for (int request = 0; request < REQUESTS; request++) {
          int length = requests.compress(request);
          byte[] body = requests.compressed();

          long before = THREADS.getCurrentThreadAllocatedBytes();
          var outcome = distributor.push(Database.TENANT, version, body, 0, length);
          allocated[scrape * REQUESTS + request] =
              THREADS.getCurrentThreadAllocatedBytes() - before;

          assertThat(outcome.join().isComplete()).isTrue();
        }
      }
    }

    assertThat(percentile(afterWarmUp(allocated), 95))
        .as("bytes that a request of %d samples allocates", WriteRequests.SERIES_PER_REQUEST)
        .isLessThanOrEqualTo(REQUEST_ALLOWANCE_BYTES);
  }

  /// With four times the samples a query allocates room for them in its columns, one for each batch
  /// of series that is under way, and nothing else.
  @Test
  void scanRateAndSumAllocateNothingPerSample() {
    int series = 1_000;
    int samples = 360;
    try (Database database = new Database(false)) {
      long[] refs = database.create(series, START_MS);
      for (int i = 1; i < samples; i++) {
        write(database, refs, START_MS + i * WriteRequests.INTERVAL_MS, i);
      }
      QueryEngine engine =
          new QueryEngine(
              new EngineConfig(
                  Duration.ofMinutes(5), Duration.ofMinutes(1), 1, ParserLimits.DEFAULT),
              Features.DEFAULT,
              Runnable::run);
      long few = leastAllocated(() -> query(engine, database, samples / 4));
      long many = leastAllocated(() -> query(engine, database, samples));

      long moreSamples = (long) series * samples * 3 / 4;
      assertThat((double) (many - few) / moreSamples)
          .as("bytes allocated per sample: %d for all samples, %d for a quarter", many, few)
          .isLessThan(1);
    }
  }

  @Test
  void sumOfRatesReservesNoMoreForMoreSeries() {
    String query = "sum by (job) (rate(m_total[5m]))";
    long few = QueryMemoryCurve.peakBytes(query, 2_000);

    assertThat(QueryMemoryCurve.peakBytes(query, 40_000)).isLessThanOrEqualTo(few * 11 / 10);
  }

  @Test
  void chunksAreWrittenAndReadWithoutAllocation() {
    int samples = 120;
    byte[] chunk = new byte[samples * XorCodec.MAX_SAMPLE_BYTES];
    long[] state = new long[XorCodec.STATE_LONGS];
    long[] timesMs = new long[samples];
    double[] values = new double[samples];
    Runnable rounds =
        () -> {
          for (int round = 0; round < 200; round++) {
            Arrays.fill(state, 0);
            for (int i = 0; i < samples; i++) {
              XorCodec.append(chunk, 0, chunk.length, state, 0, START_MS + i * 15_000L, i * 1.1);
            }
            int length = XorCodec.seal(chunk, 0, state, 0);
            XorCodec.decode(chunk, 0, length, timesMs, values, 0);
          }
        };

    assertThat(leastAllocated(rounds)).as("bytes for 24,000 samples").isLessThanOrEqualTo(64);
    assertThat(values[samples - 1]).isEqualTo((samples - 1) * 1.1);
  }

  /// A batch from another process: its tenant and the readers of its sections are allocated, and
  /// nothing per sample.
  @Test
  void batchIsDecodedWithoutAllocationPerSample() {
    int samples = 10_000;
    WriteBatch batch = new WriteBatch().reset(Database.TENANT);
    for (int i = 0; i < samples; i++) {
      batch.addSeries(i + 1L);
      batch.addSample(START_MS, i);
    }
    WriteBatchCodec codec = new WriteBatchCodec();
    byte[] encoded = codec.encode(batch);
    WriteBatch decoded = new WriteBatch();

    long allocated = leastAllocated(() -> codec.decode(encoded, 0, encoded.length, decoded));

    assertThat(allocated).as("bytes for %d samples", samples).isLessThanOrEqualTo(2_048);
    assertThat(decoded.sampleCount()).isEqualTo(samples);
  }

  private static Distributor distributor(Database database) {
    return new Distributor(
        DistributorConfig.defaults(),
        Overrides.same(DistributorLimits.defaults()),
        new StaticIngesterRing(List.of(database.tsdb())),
        Runnable::run,
        TimeSource.SYSTEM,
        new PrometheusRegistry());
  }

  private static void write(Database database, long[] refs, long timestampMs, int scrape) {
    WriteBatch batch =
        new WriteBatch().reset(Database.TENANT).session(1, database.tsdb().incarnation());
    for (int i = 0; i < refs.length; i++) {
      batch.addSeries(refs[i]);
      batch.addSample(timestampMs, Double.doubleToRawLongBits(i + scrape * 3.0));
    }
    assertThat(database.tsdb().write(batch).join().storedSamples()).isEqualTo(refs.length);
  }

  /// The same number of steps whatever the number of samples.
  private static void query(QueryEngine engine, Database database, int samples) {
    long rangeMs = samples * WriteRequests.INTERVAL_MS;
    try (QueryResult result =
        engine.range(
            database.tsdb(),
            Database.TENANT,
            "sum(rate({__name__=~\".+\"}[5m]))",
            START_MS,
            START_MS + rangeMs,
            rangeMs / 90,
            QueryOptions.DEFAULT,
            QueryControl.unlimited())) {
      assertThat(result.series()).hasSize(1);
    }
  }

  /// What this thread allocates for the work once everything that is done once has been done.
  private static long leastAllocated(Runnable work) {
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 30; round++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      work.run();
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    return least;
  }

  /// The second half.
  private static long[] afterWarmUp(long[] all) {
    return Arrays.copyOfRange(all, all.length / 2, all.length);
  }

  private static long percentile(long[] all, int percent) {
    long[] sorted = all.clone();
    Arrays.sort(sorted);
    return sorted[(sorted.length * percent + 99) / 100 - 1];
  }
}
