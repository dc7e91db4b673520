package io.pallium.bench;

import io.pallium.model.Labels;
import io.pallium.server.api.JsonOutput;
import java.io.IOException;
import java.io.OutputStream;
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

/// One point of a range query's answer.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class JsonOutputBenchmark {
  private static final int POINTS = 1_000;

  private final JsonOutput json = new JsonOutput(OutputStream.nullOutputStream(), 64 * 1024);
  private final Labels labels = Labels.of(WriteRequests.labels(1));
  private final double[] values = new double[POINTS];

  @Setup
  public void fillValues() {
    Random random = new Random(1);
    for (int i = 0; i < POINTS; i++) {
      values[i] = random.nextDouble() * 100;
    }
  }

  /// Values as a rate has them: all digits of a double.
  @Benchmark
  @OperationsPerInvocation(POINTS)
  public JsonOutput points() throws IOException {
    for (int i = 0; i < POINTS; i++) {
      json.point(1_800_000_000_000L + i * WriteRequests.INTERVAL_MS, values[i]).comma();
    }
    return json;
  }

  /// Values as a gauge has them: two decimal digits.
  @Benchmark
  @OperationsPerInvocation(POINTS)
  public JsonOutput shortPoints() throws IOException {
    for (int i = 0; i < POINTS; i++) {
      json.point(1_800_000_000_000L + i * WriteRequests.INTERVAL_MS, i / 100.0).comma();
    }
    return json;
  }

  /// Ten labels, a thousand times.
  @Benchmark
  @OperationsPerInvocation(POINTS)
  public JsonOutput labels() throws IOException {
    for (int i = 0; i < POINTS; i++) {
      json.labels(labels).comma();
    }
    return json;
  }
}
