package io.pallium.tsdb.head;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.UnavailableException;
import io.pallium.base.clock.ManualTimeSource;
import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.model.MetricType;
import io.pallium.model.TenantId;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteResult;
import io.pallium.tsdb.file.SimulatedFiles;
import io.pallium.tsdb.headchunk.HeadChunkFiles;
import io.pallium.tsdb.headchunk.HeadChunkMetrics;
import io.pallium.tsdb.log.CheckpointContent;
import io.pallium.tsdb.log.LocalWriteLog;
import io.pallium.tsdb.log.LogAppend;
import io.pallium.tsdb.log.LogConfig;
import io.pallium.tsdb.log.LogListener;
import io.pallium.tsdb.log.LogRecordWriter;
import io.pallium.tsdb.log.LogReplayProgress;
import io.pallium.tsdb.log.LogReplayReport;
import io.pallium.tsdb.log.LogVisitor;
import io.pallium.tsdb.log.WriteLog;
import io.pallium.tsdb.log.WriteLogMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Who repeats an exemplar or metadata is not told that it is stored before the first is durable.
@Timeout(60)
class HeadExtrasTest {
  private static final TenantId TENANT = new TenantId("tenant-1");
  private static final Labels SERIES = Labels.of("__name__", "up");
  private static final long NOW_MS = 1_800_000_000_000L;

  /// What is written twice, beside a series that is known.
  private enum Extra {
    METADATA {
      @Override
      void addTo(WriteBatch batch) {
        batch.addMetadata(new MetricMetadata("up", MetricType.GAUGE, "Whether.", ""));
      }
    },
    EXEMPLAR {
      @Override
      void addTo(WriteBatch batch) {
        batch.addSeries(WriteBatch.NO_REF, SERIES.bytes(), 0, SERIES.bytes().length);
        batch.addExemplar(NOW_MS, 1, Labels.of("trace_id", "a"));
      }
    };

    abstract void addTo(WriteBatch batch);
  }

  private final SimulatedFiles files = new SimulatedFiles(1);
  private final HeldLog log = new HeldLog(openLog(files));
  private final Head head = openHead(log);

  private static WriteLog openLog(SimulatedFiles files) {
    // The window is longer than the test, so that an open reservation holds the group back.
    return new LocalWriteLog(
        files,
        Path.of("wal"),
        new LogConfig(true, Duration.ofSeconds(1), 1 << 20, 1 << 20, Duration.ofSeconds(5), 100, 0),
        new ManualTimeSource(NOW_MS),
        new WriteLogMetrics(new PrometheusRegistry()),
        LogListener.NONE);
  }

  private static Head openHead(WriteLog log) {
    Head head =
        new Head(
            HeadConfig.defaults(),
            new ManualTimeSource(NOW_MS),
            log,
            new HeadChunkFiles(
                new SimulatedFiles(2),
                Path.of("chunks"),
                1 << 20,
                new HeadChunkMetrics(new PrometheusRegistry())),
            tenant -> HeadLimits.defaults(),
            tenant -> Long.MIN_VALUE,
            new HeadMetrics(new PrometheusRegistry()));
    head.replay(LogReplayProgress.NONE);
    return head;
  }

  private void writeSeries() {
    WriteBatch batch = new WriteBatch().reset(TENANT);
    batch.addSeries(WriteBatch.NO_REF, SERIES.bytes(), 0, SERIES.bytes().length);
    batch.addSample(NOW_MS, 1);
    assertThat(head.write(batch).join().storedSamples()).isOne();
  }

  private CompletableFuture<WriteResult> write(Extra extra) {
    WriteBatch batch = new WriteBatch().reset(TENANT);
    extra.addTo(batch);
    return head.write(batch);
  }

  @ParameterizedTest
  @EnumSource
  void aRepetitionFailsWithTheFirstThatWasNotDurableYet(Extra extra) {
    try (log) {
      writeSeries();
      files.setForceFails(true);
      log.reserve(1);
      CompletableFuture<WriteResult> first = write(extra);
      CompletableFuture<WriteResult> second = write(extra);
      log.release(1);

      assertThatThrownBy(first::join).hasCauseInstanceOf(UnavailableException.class);
      assertThatThrownBy(second::join).hasCauseInstanceOf(UnavailableException.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRepetitionWhileTheFirstIsOnItsWayToTheLogFailsWithIt(Extra extra) throws Exception {
    try (log) {
      writeSeries();
      CountDownLatch go = new CountDownLatch(1);
      CountDownLatch isHeld = new CountDownLatch(1);
      log.beforeAppend.set(hold(isHeld, go));
      CompletableFuture<WriteResult> first = new CompletableFuture<>();
      Thread firstWriter = Thread.ofPlatform().start(() -> settle(write(extra), first));
      isHeld.await();
      CompletableFuture<WriteResult> second = new CompletableFuture<>();
      Thread secondWriter = Thread.ofPlatform().start(() -> settle(write(extra), second));
      // Until it has an answer, or waits for the first.
      while (!second.isDone() && secondWriter.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      files.setForceFails(true);
      go.countDown();
      firstWriter.join();
      secondWriter.join();

      assertThatThrownBy(first::join).hasCauseInstanceOf(UnavailableException.class);
      assertThatThrownBy(second::join).hasCauseInstanceOf(UnavailableException.class);
    }
  }

  @Test
  void waitingForBatchesWaitsForMetadataThatIsInTheLogAndNotKeptYet() throws Exception {
    try (log) {
      writeSeries();
      CountDownLatch go = new CountDownLatch(1);
      CountDownLatch isHeld = new CountDownLatch(1);
      log.afterAppend.set(hold(isHeld, go));
      Thread writer = Thread.ofPlatform().start(() -> write(Extra.METADATA).join());
      isHeld.await();
      CompletableFuture<List<MetricMetadata>> seen = new CompletableFuture<>();
      Thread checkpoint =
          Thread.ofPlatform()
              .start(
                  () -> {
                    head.awaitBatches();
                    seen.complete(head.metadata(TENANT, null));
                  });
      while (!seen.isDone() && checkpoint.getState() != Thread.State.WAITING) {
        Thread.onSpinWait();
      }
      go.countDown();
      writer.join();

      assertThat(seen.join()).hasSize(1);
    }
  }

  private static void settle(
      CompletableFuture<WriteResult> from, CompletableFuture<WriteResult> to) {
    var unused =
        from.whenComplete(
            (result, failure) -> {
              if (failure == null) {
                to.complete(result);
              } else {
                to.completeExceptionally(failure);
              }
            });
    try {
      from.join();
    } catch (CompletionException e) {
      // The other future has it.
    }
  }

  private static Runnable hold(CountDownLatch isHeld, CountDownLatch go) {
    return () -> {
      isHeld.countDown();
      try {
        go.await();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    };
  }

  /// A log that holds its next append, before or after it is taken.
  private static final class HeldLog implements WriteLog {
    final AtomicReference<Runnable> beforeAppend = new AtomicReference<>(() -> {});
    final AtomicReference<Runnable> afterAppend = new AtomicReference<>(() -> {});
    private final WriteLog log;

    HeldLog(WriteLog log) {
      this.log = log;
    }

    @Override
    public LogAppend append(LogRecordWriter record, long reservedBytes) {
      beforeAppend.getAndSet(() -> {}).run();
      LogAppend append = log.append(record, reservedBytes);
      afterAppend.getAndSet(() -> {}).run();
      return append;
    }

    @Override
    public LogReplayReport replay(
        long fromPosition, LogVisitor visitor, LogReplayProgress progress) {
      return log.replay(fromPosition, visitor, progress);
    }

    @Override
    public void reserve(long roomBytes) {
      log.reserve(roomBytes);
    }

    @Override
    public void release(long roomBytes) {
      log.release(roomBytes);
    }

    @Override
    public long endPosition() {
      return log.endPosition();
    }

    @Override
    public long durablePosition() {
      return log.durablePosition();
    }

    @Override
    public boolean isHealthy() {
      return log.isHealthy();
    }

    @Override
    public int truncate(long appliedPosition, CutTimes cutTimes, CheckpointContent definitions) {
      return log.truncate(appliedPosition, cutTimes, definitions);
    }

    @Override
    public int read(LogVisitor visitor) {
      return log.read(visitor);
    }

    @Override
    public void close(CheckpointContent content) {
      log.close(content);
    }

    @Override
    public void close() {
      log.close();
    }
  }
}
