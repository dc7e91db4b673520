package io.pallium.bench;

import io.pallium.model.WriteBatch;
import io.pallium.model.WriteResult;
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
import org.openjdk.jmh.annotations.TearDown;

/// One sample of a known series through the database: judged, logged, encoded into its chunk. The
/// log writes to files and does not force them.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HeadAppenderBenchmark {
  private static final int SERIES = 100_000;
  private static final int BATCH = 1_000;

  private final WriteBatch batch = new WriteBatch();
  private final Database database = new Database(false);
  private final Random random = new Random(1);
  private long[] refs = new long[0];
  private long timestampMs;
  private int next;

  @Setup
  public void createSeries() {
    // Far enough back that no run gets to the present.
    timestampMs = System.currentTimeMillis() - 1_000_000_000_000L;
    refs = database.create(SERIES, timestampMs);
  }

  @TearDown
  public void close() {
    database.close();
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public WriteResult write() {
    if (next == SERIES) {
      next = 0;
    }
    if (next == 0) {
      timestampMs += WriteRequests.INTERVAL_MS;
      if (timestampMs % 7_200_000 < WriteRequests.INTERVAL_MS) {
        database.tsdb().maintain();
      }
    }
    batch.reset(Database.TENANT).session(1, database.tsdb().incarnation());
    for (int i = 0; i < BATCH; i++) {
      batch.addSeries(refs[next++]);
      batch.addSample(timestampMs, Double.doubleToRawLongBits(random.nextInt(100)));
    }
    return database.tsdb().write(batch).join();
  }
}
