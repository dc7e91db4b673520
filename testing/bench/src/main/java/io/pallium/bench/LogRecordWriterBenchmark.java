package io.pallium.bench;

import io.pallium.tsdb.log.LogRecordWriter;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// One sample in a record of 1,000, checksums included.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LogRecordWriterBenchmark {
  private static final int SAMPLES = 1_000;

  private final LogRecordWriter writer = new LogRecordWriter();
  private final long[] valueBits = new long[SAMPLES];

  @Setup
  public void fillValues() {
    Random random = new Random(1);
    for (int i = 0; i < SAMPLES; i++) {
      double value = i % 2 == 0 ? random.nextInt(1_000_000) : random.nextInt(10_000) / 100.0;
      valueBits[i] = Double.doubleToRawLongBits(value);
    }
  }

  @Benchmark
  @OperationsPerInvocation(SAMPLES)
  public long encode() {
    writer.beginBatch(1);
    for (int i = 0; i < SAMPLES; i++) {
      writer.sample(1_000_000L + i, 1_800_000_000_000L, valueBits[i]);
    }
    return writer.finish().sizeBytes();
  }
}
