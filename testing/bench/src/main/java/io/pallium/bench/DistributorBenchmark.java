package io.pallium.bench;

import io.pallium.base.clock.TimeSource;
import io.pallium.base.config.Overrides;
import io.pallium.cluster.StaticIngesterRing;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteResult;
import io.pallium.service.distributor.Distributor;
import io.pallium.service.distributor.DistributorConfig;
import io.pallium.service.distributor.DistributorLimits;
import io.pallium.service.distributor.RemoteWriteVersion;
import io.pallium.storage.SampleSink;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// One sample from the compressed body to the batch of its ingester, which here does nothing:
/// inflate, read, look up, build.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DistributorBenchmark {
  @Param({"V1", "V2"})
  private RemoteWriteVersion version = RemoteWriteVersion.V1;

  private byte[] body = new byte[0];
  private int bodyLength;

  private final Distributor distributor =
      new Distributor(
          DistributorConfig.defaults(),
          Overrides.same(DistributorLimits.defaults()),
          new StaticIngesterRing(List.of(new Sink())),
          Runnable::run,
          TimeSource.SYSTEM,
          new PrometheusRegistry());

  @Setup
  public void compress() {
    WriteRequests requests = new WriteRequests(version, 1);
    requests.nextScrape(TimeSource.SYSTEM.nowMs());
    bodyLength = requests.compress(0);
    body = requests.compressed();
  }

  @Benchmark
  @OperationsPerInvocation(WriteRequests.SERIES_PER_REQUEST)
  public boolean push() {
    return distributor.push(Database.TENANT, version, body, 0, bodyLength).join().isComplete();
  }

  /// Gives out refs, and keeps nothing.
  private static final class Sink implements SampleSink {
    @Override
    public CompletableFuture<WriteResult> write(WriteBatch batch) {
      WriteResult result = new WriteResult(1, batch.seriesCount());
      result.addStored(batch.sampleCount());
      for (int i = 0; i < batch.seriesCount(); i++) {
        if (batch.ref(i) == WriteBatch.NO_REF) {
          result.assignRef(i, i + 1L);
        }
      }
      return CompletableFuture.completedFuture(result);
    }
  }
}
