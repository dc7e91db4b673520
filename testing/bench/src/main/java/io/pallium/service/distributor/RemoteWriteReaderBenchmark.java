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

/// Reading one series with one sample out of a request.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RemoteWriteReaderBenchmark {
  private final RemoteWriteReader reader =
      new RemoteWriteReader(new RequestRoom(MemoryBudget.root("bench", Long.MAX_VALUE)));
  private byte[] request = new byte[0];

  @Setup
  public void makeRequest() {
    WriteRequests requests = new WriteRequests(1);
    requests.nextScrape(1_800_000_000_000L);
    request = requests.request(0);
  }

  @Benchmark
  @OperationsPerInvocation(WriteRequests.SERIES_PER_REQUEST)
  public long read() {
    reader.reset(request, 0, request.length);
    long sum = 0;
    while (reader.nextSeries()) {
      sum += reader.labelsLengthBytes() + reader.timestampMs(0) + reader.valueBits(0);
    }
    return sum;
  }
}
