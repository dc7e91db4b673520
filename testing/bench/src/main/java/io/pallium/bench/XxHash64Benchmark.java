package io.pallium.bench;

import io.pallium.model.XxHash64;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// The hash of one series' labels.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class XxHash64Benchmark {
  @Param({"32", "250"})
  private int lengthBytes;

  private byte[] labels = new byte[0];

  @Setup
  public void fillLabels() {
    labels = new byte[lengthBytes];
    new Random(1).nextBytes(labels);
  }

  @Benchmark
  public long hash() {
    return XxHash64.hash(labels, 0, labels.length, 0);
  }
}
