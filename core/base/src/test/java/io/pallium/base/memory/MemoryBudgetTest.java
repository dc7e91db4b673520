package io.pallium.base.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.LimitExceededException;
import io.pallium.base.QueryCanceledException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
  private final MemoryBudget root = MemoryBudget.root("querier.total-query-memory", 1000);

  @Test
  void reservationThatFitsNowhereChangesNothingAnywhere() {
    MemoryBudget query = root.child("querier.max-query-memory", 100);
    MemoryBudget other = root.child("other", 2000);
    query.reserve(60);

    assertThatThrownBy(() -> query.reserve(41))
        .isInstanceOf(LimitExceededException.class)
        .hasMessageContaining("41 bytes more over 60 reserved exceed the limit of 100")
        .hasMessageContaining("querier.max-query-memory");
    assertThatThrownBy(() -> other.reserve(941)).hasMessageContaining("querier.total-query-memory");
    assertThat(query.reservedBytes()).isEqualTo(60);
    assertThat(other.reservedBytes()).isZero();
    assertThat(root.reservedBytes()).isEqualTo(60);
  }

  @Test
  void closedBudgetGivesAllBackOnceAndTakesNothingMore() {
    MemoryBudget query = root.child("querier.max-query-memory", 100);
    query.reserve(60);

    query.close();
    query.release(60);
    query.close();

    assertThat(root.reservedBytes()).isZero();
    assertThat(query.tryReserve(1)).isFalse();
    assertThatThrownBy(() -> query.reserve(1)).isInstanceOf(QueryCanceledException.class);
    assertThat(query.reservedBytes()).isZero();
    assertThat(root.reservedBytes()).isZero();
  }

  @Test
  void lateThreadsLeaveNothingReservedAboveABudgetThatIsClosed() throws Exception {
    for (int round = 0; round < 500; round++) {
      MemoryBudget query = root.child("querier.max-query-memory", 100);
      CyclicBarrier start = new CyclicBarrier(3);
      List<Thread> threads = new ArrayList<>();
      for (Runnable work : List.<Runnable>of(() -> reserve(query), query::close)) {
        threads.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      await(start);
                      work.run();
                    }));
      }
      await(start);
      for (Thread thread : threads) {
        thread.join();
      }
      assertThat(root.reservedBytes()).isZero();
    }
  }

  @Test
  void largeBudgetsLeaveTheLastEighthOfASharedOneToSmallOnes() {
    MemoryBudget shared = MemoryBudget.shared("querier.total-query-memory", 2560);
    MemoryBudget large = shared.child("querier.max-query-memory", 2560);
    MemoryBudget small = shared.child("querier.max-query-memory", 2560);

    large.reserve(2240);

    assertThat(large.tryReserve(1)).isFalse();
    assertThatThrownBy(() -> large.reserve(1))
        .isInstanceOf(LimitExceededException.class)
        .hasMessageContaining("limit of 2560 bytes, of which small queries have the last eighth")
        .hasMessageContaining("(querier.total-query-memory)");
    small.reserve(10);
    assertThat(small.tryReserve(1)).isFalse();
    assertThat(large.reservedBytes()).isEqualTo(2240);
    assertThat(small.reservedBytes()).isEqualTo(10);
    assertThat(shared.reservedBytes()).isEqualTo(2250);

    large.close();
    small.reserve(2230);
    assertThat(small.tryReserve(1)).isFalse();
  }

  @Test
  void smallBudgetsTakeASharedOneToItsLimit() {
    MemoryBudget shared = MemoryBudget.shared("querier.total-query-memory", 2560);
    shared.child("querier.max-query-memory", 2560).reserve(2240);
    for (int i = 0; i < 32; i++) {
      shared.child("querier.max-query-memory", 2560).reserve(10);
    }

    assertThat(shared.reservedBytes()).isEqualTo(2560);
    assertThat(shared.child("querier.max-query-memory", 2560).tryReserve(1)).isFalse();
  }

  private static void reserve(MemoryBudget budget) {
    for (int i = 0; i < 50; i++) {
      if (budget.tryReserve(2) && i % 3 == 0) {
        budget.release(2);
      }
    }
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
