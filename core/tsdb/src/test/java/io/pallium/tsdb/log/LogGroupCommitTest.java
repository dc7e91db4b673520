package io.pallium.tsdb.log;

import static io.pallium.tsdb.log.SimulatedLog.append;
import static io.pallium.tsdb.log.SimulatedLog.batch;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.BadRequestException;
import io.pallium.base.ErrorKind;
import io.pallium.base.LimitExceededException;
import io.pallium.base.UnavailableException;
import io.pallium.base.clock.ManualTimeSource;
import io.pallium.tsdb.file.SimulatedFiles;
import io.pallium.tsdb.log.RecordedLog.Batch;
import io.pallium.tsdb.log.RecordedLog.Sample;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LogGroupCommitTest {
  private static final Duration LONG_WINDOW = Duration.ofSeconds(1);

  private final SimulatedFiles files = new SimulatedFiles(1);

  @Test
  void writesAndForcesOnceForAllWhoReservedTogether() {
    try (WriteLog log =
        SimulatedLog.open(
            files, SimulatedLog.config(Duration.ofSeconds(1), 1 << 20, Duration.ofSeconds(5)))) {
      long before = files.changes();
      log.reserve(1);
      List<LogAppend> appends = new ArrayList<>();
      for (int i = 1; i <= 5; i++) {
        appends.add(append(log, batch(1, i, i)));
      }
      assertThat(appends).noneMatch(LogAppend::isDone);

      log.release(1);
      appends.forEach(LogAppend::join);

      assertThat(files.changes() - before).isEqualTo(2);
      assertThat(log.durablePosition()).isEqualTo(log.endPosition());
    }
  }

  @Test
  void doesNotMakeALoneSenderWaitForTheWindow() {
    try (WriteLog log =
        SimulatedLog.open(files, SimulatedLog.config(LONG_WINDOW, 1 << 20, LONG_WINDOW))) {
      long start = System.nanoTime();
      for (int i = 1; i <= 20; i++) {
        append(log, batch(1, i, i)).join();
      }

      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isLessThan(LONG_WINDOW.multipliedBy(5));
    }
  }

  @Test
  void writesWhenTheWindowEndsThoughSomebodyIsLate() {
    try (WriteLog log =
        SimulatedLog.open(files, SimulatedLog.config(Duration.ofMillis(2), 1 << 20, LONG_WINDOW))) {
      log.reserve(100);

      append(log, batch(1, 1, 1)).join();

      log.release(100);
    }
  }

  @Test
  void completesInTheOrderOfPositions() {
    List<Long> completed = new ArrayList<>();
    List<Long> appended = new ArrayList<>();
    try (WriteLog log =
        SimulatedLog.open(files, SimulatedLog.config(LONG_WINDOW, 1 << 20, LONG_WINDOW))) {
      log.reserve(1);
      List<CompletableFuture<Void>> all = new ArrayList<>();
      for (int i = 1; i <= 20; i++) {
        LogAppend append = append(log, batch(1, i, i));
        appended.add(append.position());
        all.add(append.thenRun(() -> completed.add(append.position())));
      }
      log.release(1);
      CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).join();
    }

    assertThat(completed).isEqualTo(appended).isSorted();
  }

  @Test
  void keepsTheOrderOfEachAppenderUnderConcurrency() throws InterruptedException {
    int threads = 8;
    int perThread = 200;
    try (WriteLog log = SimulatedLog.open(files)) {
      List<Thread> running = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        long tenant = t + 1L;
        running.add(Thread.ofPlatform().start(() -> appendMany(log, tenant, perThread)));
      }
      for (Thread thread : running) {
        thread.join();
      }
    }

    RecordedLog seen = new RecordedLog();
    SimulatedLog.replay(files.restart(), seen);
    assertThat(seen.positions).isSorted().doesNotHaveDuplicates();
    Map<Long, Long> lastTime = new HashMap<>();
    for (RecordedLog.Entry entry : seen.entries) {
      Batch batch = (Batch) entry;
      long time = ((Sample) batch.items().get(1)).timestampMs();
      assertThat(time).isEqualTo(lastTime.getOrDefault(batch.tenantNumber(), 0L) + 1);
      lastTime.put(batch.tenantNumber(), time);
    }
    assertThat(lastTime.values()).hasSize(threads).containsOnly((long) perThread);
  }

  private static void appendMany(WriteLog log, long tenant, int count) {
    for (int i = 1; i <= count; i++) {
      LogAppend appended = append(log, batch(tenant, tenant * 1000 + i, i));
      if (i % 10 == 0) {
        appended.join();
      }
    }
  }

  @Test
  void failsEverythingAfterAFailedForceAndKeepsWhatWasAcknowledged() {
    WriteLog log =
        SimulatedLog.open(
            files, SimulatedLog.config(Duration.ofSeconds(1), 1 << 20, Duration.ofSeconds(5)));
    append(log, batch(1, 1, 1)).join();
    files.setForceFails(true);
    log.reserve(1);
    LogAppend first = append(log, batch(1, 2, 2));
    LogAppend second = append(log, batch(1, 3, 3));
    log.release(1);

    assertThatThrownBy(first::join).hasCauseInstanceOf(UnavailableException.class);
    assertThatThrownBy(second::join).hasCauseInstanceOf(UnavailableException.class);
    assertThat(log.isHealthy()).isFalse();
    files.setForceFails(false);
    assertThatThrownBy(() -> log.reserve(10))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("until a restart");
    log.close();

    RecordedLog seen = new RecordedLog();
    LogReplayReport report = SimulatedLog.replay(files.restartProcess(), seen);
    assertThat(seen.entries).containsExactly(batch(1, 1, 1));
    assertThat(report.damage()).isEmpty();
  }

  @Test
  void givesRoomBackAndRefusesAppendsAfterAFailure() {
    try (WriteLog log = SimulatedLog.open(files)) {
      log.reserve(1000);
      files.setForceFails(true);
      assertThatThrownBy(append(log, batch(1, 1, 1))::join)
          .hasCauseInstanceOf(UnavailableException.class);

      LogRecordWriter record = RecordedLog.encode(new LogRecordWriter(), batch(1, 2, 2));

      assertThatThrownBy(() -> log.append(record, 1000)).isInstanceOf(UnavailableException.class);
    }
  }

  @Test
  void failsWhenTheDiskIsFullAndTakesAllUpToThere() {
    WriteLog log = SimulatedLog.open(files);
    append(log, batch(1, 1, 1)).join();
    files.setFreeBytes(100);

    assertThatThrownBy(append(log, batch(1, 2, 2))::join)
        .hasCauseInstanceOf(UnavailableException.class);
    log.close();

    RecordedLog seen = new RecordedLog();
    SimulatedFiles restarted = files.restart();
    SimulatedLog.replay(restarted, seen);
    assertThat(seen.entries).containsExactly(batch(1, 1, 1));
  }

  @Test
  void refusesWhatDoesNotFitIntoTheBuffer() {
    LogConfig config = SimulatedLog.config(Duration.ofSeconds(1), 8192, Duration.ofMillis(20));
    try (WriteLog log = SimulatedLog.open(files, config)) {
      assertThatThrownBy(() -> log.reserve(8193))
          .isInstanceOfSatisfying(
              BadRequestException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.TOO_LARGE))
          .hasMessageContaining("8193 bytes")
          .hasMessageContaining("8192 bytes (log.buffer_bytes)");

      log.reserve(5000);
      assertThatThrownBy(() -> log.reserve(5000))
          .isInstanceOfSatisfying(
              LimitExceededException.class,
              e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE));

      log.release(5000);
      log.reserve(8192);
      log.release(8192);
    }
  }

  @Test
  void refusesWhileTheDiskIsNearlyFullAndGoesOnAfterwards() {
    ManualTimeSource time = new ManualTimeSource(0);
    try (WriteLog log = SimulatedLog.create(files, SimulatedLog.config(), time, LogListener.NONE)) {
      // The header of the first segment leaves less than the 1,000 bytes of the configuration...
      files.setFreeBytes(2000);
      log.replay(0, new RecordedLog(), LogReplayProgress.NONE);
      assertThatThrownBy(() -> log.reserve(10))
          .isInstanceOf(LimitExceededException.class)
          .hasMessageContaining("less than 1000 bytes free");

      files.setFreeBytes(1 << 20);
      time.advance(Duration.ofSeconds(2));

      append(log, batch(1, 1, 1)).join();
    }
  }

  @Test
  void writesOutWhatWasAppendedWhenItIsClosed() {
    WriteLog log =
        SimulatedLog.open(
            files, SimulatedLog.config(Duration.ofSeconds(1), 1 << 20, Duration.ofSeconds(5)));
    log.reserve(1);
    LogAppend pending = append(log, batch(1, 1, 1));

    log.close();

    assertThat(pending).isCompleted();
    assertThatThrownBy(() -> append(log, batch(1, 2, 2))).isInstanceOf(UnavailableException.class);
    log.close();
  }

  @Test
  void anInterruptedCloseWaitsForWhatWasAppended() throws InterruptedException {
    WriteLog log = SimulatedLog.open(files, SimulatedLog.config(LONG_WINDOW, 1 << 20, LONG_WINDOW));
    CountDownLatch gate = new CountDownLatch(1);
    log.reserve(1);
    // The log's own thread stands still in here.
    CompletableFuture<Void> blocked = append(log, batch(1, 1, 1)).thenAccept(_ -> await(gate));
    log.release(1);
    LogAppend last = append(log, batch(1, 2, 2));
    AtomicBoolean isDurable = new AtomicBoolean();
    AtomicBoolean isInterrupted = new AtomicBoolean();

    Thread closer =
        Thread.ofPlatform()
            .start(
                () -> {
                  Thread.currentThread().interrupt();
                  log.close(_ -> isDurable.set(last.isDone()));
                  isInterrupted.set(Thread.interrupted());
                });
    while (closer.getState() != Thread.State.WAITING && closer.isAlive()) {
      Thread.onSpinWait();
    }
    gate.countDown();
    closer.join();

    blocked.join();
    last.join();
    assertThat(isDurable).isTrue();
    assertThat(isInterrupted).isTrue();
  }

  private static void await(CountDownLatch gate) {
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
