package io.pallium.tsdb.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.clock.TimeSource;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.storage.QueryControl;
import io.pallium.tsdb.index.LabelIndex.SlotColumns;
import io.pallium.tsdb.memory.PagedInts;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.Test;

class LabelIndexTest {
  private static final int SERIES = 20_000;
  private static final LabelMatcher EVEN =
      LabelMatcher.of(LabelMatcher.Type.REGEX, "id", ".*[02468]");
  private static final LabelMatcher ALL = LabelMatcher.of(LabelMatcher.Type.EQUAL, "__name__", "m");

  private final SlotColumns columns = new SlotColumns(new PagedInts(), new PagedInts());
  private final LabelIndex index = new LabelIndex(columns);
  private final MemoryBudget budget = MemoryBudget.root("test", 100 << 20);

  LabelIndexTest() {
    for (int slot = 0; slot < SERIES; slot++) {
      add(slot, "" + slot);
    }
  }

  @Test
  void writersGetTheirTurnWhileAnExpressionIsTried() {
    Writers writers = new Writers(() -> add(SERIES, "late-2"));

    int[] found = index.select(List.of(EVEN), control(writers));

    assertThat(found).hasSize(SERIES / 2);
    assertThat(writers.hadTheirTurn).isTrue();
    assertThat(budget.reservedBytes()).isEqualTo(4L * found.length);
  }

  @Test
  void writersGetTheirTurnWhileCandidatesAreCompared() {
    Writers writers = new Writers(() -> add(SERIES, "late-2"));
    LabelMatcher odd = LabelMatcher.of(LabelMatcher.Type.NOT_REGEX, "id", ".*[02468]");

    int[] found = index.select(List.of(ALL, odd), control(writers));

    assertThat(found).hasSize(SERIES / 2);
    assertThat(writers.hadTheirTurn).isTrue();
    assertThat(budget.reservedBytes()).isEqualTo(4L * found.length);
  }

  @Test
  void whatIsRemovedMeanwhileIsNotFound() {
    Writers writers =
        new Writers(
            () -> {
              index.unlink(new int[] {2, 4});
              index.forget(2);
              index.forget(4);
              // The ids of their pairs are given out again, for what does not match.
              add(2, "odd-1");
              add(4, "odd-3");
            });

    int[] found = index.select(List.of(EVEN), control(writers));

    assertThat(found).hasSize(SERIES / 2 - 2).doesNotContain(2, 4);
    assertThat(writers.hadTheirTurn).isTrue();
    assertThat(budget.reservedBytes()).isEqualTo(4L * found.length);
  }

  private void add(int slot, String id) {
    columns.labels().ensure(slot);
    columns.order().ensure(slot);
    byte[] labels = Labels.of("__name__", "m", "id", id).bytes();
    index.lock().writeLock().lock();
    try {
      index.link(slot, labels, 0, labels.length, LabelIndex.hash(labels, 0, labels.length));
      assertThat(index.publish(slot)).isTrue();
    } finally {
      index.lock().writeLock().unlock();
    }
  }

  private QueryControl control(TimeSource time) {
    return new QueryControl(budget, time, Duration.ofMinutes(1));
  }

  /// A clock that, when a selection looks at it for the third time, lets somebody wait for the
  /// write lock.
  private final class Writers implements TimeSource {
    private final Runnable change;
    private int looks;
    private volatile boolean hasWritten;
    private boolean hadTheirTurn;

    Writers(Runnable change) {
      this.change = change;
    }

    @Override
    public long nowMs() {
      return 0;
    }

    @Override
    public long nowNanos() {
      if (++looks == 3) {
        var unused = Thread.startVirtualThread(this::write);
        while (!index.lock().hasQueuedThreads()) {
          Thread.onSpinWait();
        }
      } else {
        hadTheirTurn |= hasWritten;
      }
      return 0;
    }

    private void write() {
      Lock lock = index.lock().writeLock();
      lock.lock();
      try {
        change.run();
        hasWritten = true;
      } finally {
        lock.unlock();
      }
    }
  }
}
