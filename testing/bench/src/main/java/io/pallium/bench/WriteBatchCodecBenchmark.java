package io.pallium.bench;

import io.pallium.model.WriteBatch;
import io.pallium.model.WriteBatchCodec;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// Building, encoding and decoding the batch of 1,000 known series with one sample each, per
/// sample.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WriteBatchCodecBenchmark {
  private static final int SERIES = 1_000;

  private final WriteBatchCodec codec = new WriteBatchCodec();
  private final WriteBatch batch = new WriteBatch();
  private final WriteBatch decoded = new WriteBatch();
  private byte[] encoded = new byte[0];

  @Setup
  public void encodeOnce() {
    encoded = codec.encode(build());
  }

  @Benchmark
  @OperationsPerInvocation(SERIES)
  public WriteBatch build() {
    batch.reset(Database.TENANT).session(1, 2);
    for (int i = 0; i < SERIES; i++) {
      batch.addSeries(i * 64L + 1);
      batch.addSample(1_800_000_000_000L, Double.doubleToRawLongBits(i * 1.25));
    }
    return batch;
  }

  @Benchmark
  @OperationsPerInvocation(SERIES)
  public byte[] encode() {
    return codec.encode(batch);
  }

  @Benchmark
  @OperationsPerInvocation(SERIES)
  public WriteBatch decode() {
    codec.decode(encoded, 0, encoded.length, decoded);
    return decoded;
  }
}
