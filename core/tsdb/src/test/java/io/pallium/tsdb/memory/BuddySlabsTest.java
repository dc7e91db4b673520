package io.pallium.tsdb.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/// Runs do not overlap, keep their bytes, and what is free is found again and given up.
class BuddySlabsTest {
  private static final long SLAB_BYTES = 300_000;

  private record Run(int address, int order, byte fill) {}

  private static void fill(BuddySlabs slabs, Run run) {
    int start = BuddySlabs.offset(run.address());
    Arrays.fill(
        slabs.array(run.address()), start, start + BuddySlabs.sizeBytes(run.order()), run.fill());
  }

  private static void check(BuddySlabs slabs, Run run) {
    int start = BuddySlabs.offset(run.address());
    byte[] array = slabs.array(run.address());
    for (int i = 0; i < BuddySlabs.sizeBytes(run.order()); i++) {
      assertThat(array[start + i]).isEqualTo(run.fill());
    }
  }

  @Property(tries = 100)
  void runsKeepTheirBytesWhateverElseComesAndGoes(@ForAll long seed) {
    Random random = new Random(seed);
    BuddySlabs slabs = new BuddySlabs();
    List<Run> runs = new ArrayList<>();
    for (int step = 0; step < 2_000; step++) {
      if (runs.isEmpty() || random.nextInt(5) < 3) {
        int order = BuddySlabs.MIN_ORDER + random.nextInt(random.nextInt(12) + 1);
        Run run = new Run(slabs.allocate(order), order, (byte) random.nextInt());
        assertThat(run.address()).isNotZero();
        fill(slabs, run);
        runs.add(run);
      } else {
        Run run = runs.remove(random.nextInt(runs.size()));
        check(slabs, run);
        slabs.free(run.address(), run.order());
      }
    }
    for (Run run : runs) {
      check(slabs, run);
      slabs.free(run.address(), run.order());
    }

    assertThat(slabs.allocatedBytes()).isLessThan(SLAB_BYTES);
  }

  @Test
  void whatGrowsInStepNeedsLittleMoreThanItHas() {
    BuddySlabs slabs = new BuddySlabs();
    int count = 10_000;
    int[] runs = new int[count];
    Arrays.setAll(runs, i -> slabs.allocate(1));
    for (int order = 2; order <= 6; order++) {
      for (int i = 0; i < count; i++) {
        int grown = slabs.allocate(order);
        slabs.free(runs[i], order - 1);
        runs[i] = grown;
      }
    }

    assertThat(slabs.allocatedBytes())
        .isLessThan((long) count * BuddySlabs.sizeBytes(6) * 12 / 10 + SLAB_BYTES);
  }

  @Test
  void theOrderHasRoomForTheBytes() {
    assertThat(BuddySlabs.order(1)).isEqualTo(1);
    assertThat(BuddySlabs.order(32)).isEqualTo(1);
    assertThat(BuddySlabs.order(33)).isEqualTo(2);
    assertThat(BuddySlabs.order(64)).isEqualTo(2);
    assertThat(BuddySlabs.order(65)).isEqualTo(3);
    assertThat(BuddySlabs.sizeBytes(3)).isEqualTo(128);
  }
}
