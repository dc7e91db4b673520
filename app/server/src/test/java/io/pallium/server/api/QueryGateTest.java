package io.pallium.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.storage.QueryControl;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class QueryGateTest {
  @Test
  void nobodyOvertakesThoseThatWait() throws InterruptedException {
    for (int i = 0; i < 100; i++) {
      QueryGate gate = new QueryGate(1, 2);
      gate.enter(QueryControl.unlimited());
      List<String> order = new CopyOnWriteArrayList<>();
      Thread waiting = Thread.startVirtualThread(() -> pass(gate, order, "waiting"));
      while (waiting.getState() != Thread.State.TIMED_WAITING) {
        Thread.onSpinWait();
      }

      gate.leave();
      pass(gate, order, "late");

      waiting.join();
      assertThat(order).containsExactly("waiting", "late");
    }
  }

  private static void pass(QueryGate gate, List<String> order, String name) {
    gate.enter(QueryControl.unlimited());
    order.add(name);
    gate.leave();
  }
}
