package io.pallium.tsdb.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/// Postings against sorted sets, with lists around the lengths where a tail begins.
class PostingsTest {
  private static final int PAIR = 7;
  private static final int OTHER_PAIR = 8;

  @Property(tries = 60)
  void equalASortedSet(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 4) int thousandsOfSlots) {
    Random random = new Random(seed);
    Postings postings = new Postings();
    TreeSet<Integer> expected = new TreeSet<>();
    int slots = thousandsOfSlots * Postings.MIN_TAILED_LENGTH;
    for (int round = 0; round < 6; round++) {
      int adds = random.nextInt(slots);
      boolean isAscending = random.nextBoolean();
      for (int i = 0; i < adds; i++) {
        int slot = isAscending ? i : random.nextInt(slots);
        if (expected.add(slot)) {
          postings.add(PAIR, slot);
        }
      }
      assertThat(all(postings)).isEqualTo(ints(expected));

      TreeSet<Integer> leaving = new TreeSet<>();
      double share = random.nextDouble();
      for (int slot = 0; slot < slots; slot++) {
        if (random.nextDouble() < share) {
          leaving.add(slot);
        }
      }
      expected.removeAll(leaving);
      postings.remove(PAIR, ints(leaving));

      assertThat(all(postings)).isEqualTo(ints(expected));
      assertThat(postings.length(OTHER_PAIR)).isZero();
    }
  }

  @Test
  void aSlotIsNotTakenTwice() {
    Postings postings = new Postings();
    for (int slot = 0; slot < 1000; slot++) {
      postings.add(PAIR, 2 * slot);
    }

    assertThatThrownBy(() -> postings.add(PAIR, 500))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("slot 500");
  }

  private static int[] all(Postings postings) {
    int[] slots = new int[postings.length(PAIR) + 2];
    assertThat(postings.copy(PAIR, slots, 1)).isEqualTo(slots.length - 1);
    int[] copy = new int[postings.length(PAIR)];
    System.arraycopy(slots, 1, copy, 0, copy.length);
    return copy;
  }

  private static int[] ints(TreeSet<Integer> slots) {
    return slots.stream().mapToInt(Integer::intValue).toArray();
  }
}
