package io.pallium.bench;

import io.pallium.chunk.XorCodec;
import java.util.Arrays;
import java.util.Random;
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

/// One sample of a chunk of 120.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class XorCodecBenchmark {
  private static final int SAMPLES = 120;

  @Param({"counter", "gauge", "constant"})
  private String kind = "";

  private final byte[] chunk = new byte[SAMPLES * XorCodec.MAX_SAMPLE_BYTES];
  private final long[] state = new long[XorCodec.STATE_LONGS];
  private final double[] values = new double[SAMPLES];
  private final byte[] sealed = new byte[SAMPLES * XorCodec.MAX_SAMPLE_BYTES];
  private final long[] decodedTimesMs = new long[SAMPLES];
  private final double[] decodedValues = new double[SAMPLES];
  private int sealedLength;

  @Setup
  public void fill() {
    Random random = new Random(1);
    double value = 1000;
    for (int i = 0; i < SAMPLES; i++) {
      switch (kind) {
        case "counter" -> value += random.nextInt(200);
        case "gauge" -> value = random.nextInt(10_000) / 100.0;
        default -> value = 1000;
      }
      values[i] = value;
    }
    append();
    sealedLength = XorCodec.seal(chunk, 0, state, 0);
    System.arraycopy(chunk, 0, sealed, 0, sealedLength);
  }

  @Benchmark
  @OperationsPerInvocation(SAMPLES)
  public int append() {
    Arrays.fill(state, 0);
    for (int i = 0; i < SAMPLES; i++) {
      long timestampMs = 1_800_000_000_000L + i * WriteRequests.INTERVAL_MS;
      if (!XorCodec.append(chunk, 0, chunk.length, state, 0, timestampMs, values[i])) {
        throw new AssertionError("the chunk is too small");
      }
    }
    return XorCodec.lengthBytes(state, 0);
  }

  @Benchmark
  @OperationsPerInvocation(SAMPLES)
  public int decode() {
    return XorCodec.decode(sealed, 0, sealedLength, decodedTimesMs, decodedValues, 0);
  }
}
