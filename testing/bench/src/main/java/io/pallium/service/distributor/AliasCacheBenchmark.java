package io.pallium.service.distributor;

import io.pallium.base.memory.MemoryBudget;
import io.pallium.bench.WriteRequests;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// Looking up one of 100,000 label regions that are known.
///
/// `inOrder` meets the series as a sender repeats them, so the row that followed last time is the
/// one; `outOfOrder` jumps from series to series, so each one is hashed and searched for.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AliasCacheBenchmark {
  private static final int REQUESTS = 100;
  private static final int SERIES = REQUESTS * WriteRequests.SERIES_PER_REQUEST;
  private static final int LOOK_UPS = 1_000;
  private static final DistributorLimits LIMITS = DistributorLimits.defaults();

  private final WriteRequests requests = new WriteRequests(REQUESTS);
  private final AliasCache.Probe probe = new AliasCache.Probe();
  private final AliasCache cache =
      new AliasCache(
          new AliasCache.Setting(
              new AliasKey.Digest(),
              1,
              4 * SERIES,
              1 << 28,
              MemoryBudget.root("total", 1 << 28),
              () -> false),
          LIMITS);
  private final int[] offsets = new int[SERIES];
  private final int[] lengths = new int[SERIES];
  private int inOrder;
  private int outOfOrder;

  @Setup
  public void insertAll() {
    RemoteWriteReader reader =
        new RemoteWriteReader(new RequestRoom(MemoryBudget.root("bench", Long.MAX_VALUE)));
    requests.nextScrape(1_800_000_000_000L);
    probe.begin(cache, LIMITS);
    int series = 0;
    for (int i = 0; i < REQUESTS; i++) {
      byte[] request = requests.request(i);
      reader.reset(request, 0, request.length);
      while (reader.nextSeries()) {
        offsets[series] = reader.labelsOffset();
        lengths[series] = reader.labelsLengthBytes();
        if (!probe.find(request, offsets[series], lengths[series])) {
          probe.insert(0, series);
        }
        series++;
      }
    }
  }

  @Benchmark
  @OperationsPerInvocation(LOOK_UPS)
  public int inOrder() {
    int sum = 0;
    for (int i = 0; i < LOOK_UPS; i++) {
      inOrder = inOrder + 1 == SERIES ? 0 : inOrder + 1;
      sum += find(inOrder);
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(LOOK_UPS)
  public int outOfOrder() {
    int sum = 0;
    for (int i = 0; i < LOOK_UPS; i++) {
      outOfOrder = (outOfOrder + 61_803) % SERIES;
      probe.begin(cache, LIMITS);
      sum += find(outOfOrder);
    }
    return sum;
  }

  private int find(int series) {
    byte[] request = requests.request(series / WriteRequests.SERIES_PER_REQUEST);
    if (!probe.find(request, offsets[series], lengths[series])) {
      throw new AssertionError("series " + series + " is not known");
    }
    return probe.token();
  }
}
