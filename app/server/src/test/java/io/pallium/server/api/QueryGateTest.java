package io.pallium.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.clock.ManualTimeSource;
import io.pallium.base.clock.TimeSource;
import io.pallium.storage.QueryControl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class QueryGateTest {
  @Test
  void nobodyOvertakesThoseThatWait() throws InterruptedException {
    for (int i = 0; i < 100; i++) {
      QueryGate gate = new QueryGate(1, 2, TimeSource.SYSTEM);
      QueryGate.Visit first = gate.arrive(QueryControl.unlimited());
      first.enter();
      List<String> order = new CopyOnWriteArrayList<>();
      Thread waiting = Thread.startVirtualThread(() -> pass(gate, order, "waiting"));
      while (waiting.getState() != Thread.State.TIMED_WAITING) {
        Thread.onSpinWait();
      }

      first.close();
      pass(gate, order, "late");

      waiting.join();
      assertThat(order).containsExactly("waiting", "late");
    }
  }

  @Test
  void longQueriesLeaveAPlaceToShortOnes() throws InterruptedException {
    ManualTimeSource time = new ManualTimeSource(0);
    QueryGate gate = new QueryGate(4, 0, time);
    CountDownLatch entered = new CountDownLatch(4);
    CountDownLatch areLong = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(
          Thread.startVirtualThread(
              () -> {
                QueryControl control = QueryControl.unlimited();
                try (QueryGate.Visit visit = gate.arrive(control)) {
                  visit.enter();
                  entered.countDown();
                  await(areLong);
                  control.giveWay();
                  await(end);
                }
              }));
    }
    entered.await();
    assertThat(gate.runningCount()).isEqualTo(4);

    time.advance(Duration.ofSeconds(1));
    areLong.countDown();
    while (gate.waitingCount() == 0) {
      Thread.onSpinWait();
    }

    assertThat(gate.runningCount()).isEqualTo(3);
    try (QueryGate.Visit visit = gate.arrive(QueryControl.unlimited())) {
      visit.enter();
      assertThat(gate.runningCount()).isEqualTo(4);
    }
    end.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(gate.runningCount()).isZero();
    assertThat(gate.waitingCount()).isZero();
  }

  @Test
  void longQueryPausesUntilAMomentAfterTheShortOneHasEnded() throws InterruptedException {
    ManualTimeSource time = new ManualTimeSource(0);
    QueryGate gate = new QueryGate(4, 0, time);
    QueryControl control = QueryControl.unlimited();
    try (QueryGate.Visit longOne = gate.arrive(control)) {
      makeLong(longOne, control, time);
      QueryGate.Visit shortOne = gate.arrive(QueryControl.unlimited());
      shortOne.enter();

      Thread worker = Thread.startVirtualThread(control::giveWay);
      while (worker.getState() != Thread.State.TIMED_WAITING) {
        assertThat(worker.isAlive()).isTrue();
      }
      shortOne.close();
      time.advance(Duration.ofMillis(1));
      assertThat(worker.isAlive()).as("before the moment for another short one is over").isTrue();
      time.advance(Duration.ofMillis(1));

      assertThat(worker.join(Duration.ofMinutes(1))).isTrue();
    }
  }

  @Test
  void longQueryRunsInItsOwnSlotAndBesideOneThatIsNoLongerShort() {
    ManualTimeSource time = new ManualTimeSource(0);
    QueryGate gate = new QueryGate(4, 0, time);
    QueryControl control = QueryControl.unlimited();
    try (QueryGate.Visit longOne = gate.arrive(control)) {
      makeLong(longOne, control, time);
      try (QueryGate.Visit other = gate.arrive(QueryControl.unlimited())) {
        other.enter();

        // 1,008 ms: the slot with number 63, and each fourth one is for long queries.
        time.advance(Duration.ofMillis(8));
        control.giveWay();

        // The first of four slots again, but the other one has been here for longer than 25 ms.
        time.advance(Duration.ofMillis(32 + 16));
        control.giveWay();
      }
    }
  }

  /// Until a second after the start of time, which is within a slot for short queries.
  private static void makeLong(QueryGate.Visit visit, QueryControl control, ManualTimeSource time) {
    visit.enter();
    time.advance(Duration.ofSeconds(1));
    control.giveWay();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void pass(QueryGate gate, List<String> order, String name) {
    try (QueryGate.Visit visit = gate.arrive(QueryControl.unlimited())) {
      visit.enter();
      order.add(name);
    }
  }
}
