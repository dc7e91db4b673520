package io.pallium.objectstore.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectRange;
import io.pallium.objectstore.PutCondition;
import io.pallium.objectstore.Retries;
import io.pallium.objectstore.RetryConfig;
import io.pallium.objectstore.StoreException;
import io.pallium.objectstore.layer.FaultyStore.Fault;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RetryingStoreTest {
  private final FaultyStore faulty = new FaultyStore();
  private final RetryingStore store =
      new RetryingStore(faulty, Retries.untimed(RetryConfig.defaults(), _ -> {}, new Random(1)));

  @Test
  void createWhoseAnswerWasLostIsASuccess() {
    faulty.plan(Fault.LOST_ANSWER);

    assertThat(store.put("lease", text("mine"), PutCondition.IF_ABSENT)).isPresent();
  }

  @Test
  void createThatAnotherWonIsRefusedAlthoughOurAnswersWereLost() {
    faulty.put("lease", text("another"));
    faulty.plan(Fault.LOST_ANSWER, Fault.LOST_REQUEST);

    assertThat(store.put("lease", text("mine..."), PutCondition.IF_ABSENT)).isEmpty();
    assertThat(new String(store.read("lease", 0, 100).bytes(), StandardCharsets.UTF_8))
        .isEqualTo("another");
  }

  @Test
  void createThatWasRefusedAtOnceIsNotComparedWithWhatIsThere() {
    faulty.put("lease", text("the same"));

    assertThat(store.put("lease", text("the same"), PutCondition.IF_ABSENT)).isEmpty();
  }

  @Test
  void replaceWhoseAnswerWasLostIsASuccess() {
    String first = store.put("lease", text("first"));
    faulty.plan(Fault.LOST_ANSWER, Fault.LOST_ANSWER);

    String second =
        store.put("lease", text("second"), new PutCondition.IfVersion(first)).orElseThrow();

    assertThat(second).isEqualTo(store.attributes("lease").orElseThrow().version());
  }

  @Test
  void createThatAnotherReplacesAtOnceDoesNotGetItsVersion() {
    faulty.plan(Fault.LOST_ANSWER);
    RetryingStore observed =
        new RetryingStore(
            new LayeredStore(faulty) {
              @Override
              public ObjectRange read(String name, long offset, int maxBytes) {
                ObjectRange ours = super.read(name, offset, maxBytes);
                String unused = faulty.put(name, text("another"));
                return ours;
              }
            },
            Retries.untimed(RetryConfig.defaults(), _ -> {}, new Random(1)));

    assertThat(observed.put("lease", text("mine..."), PutCondition.IF_ABSENT)).isEmpty();
  }

  @Test
  void storeThatStaysAwayIsGivenUp() {
    Fault[] faults = new Fault[5];
    Arrays.fill(faults, Fault.LOST_REQUEST);
    faulty.plan(faults);

    assertThatThrownBy(() -> store.delete("x"))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("tried 5 times");
    assertThat(faulty.requests).hasSize(5);
  }

  private static ObjectContent text(String text) {
    return ObjectContent.of(text.getBytes(StandardCharsets.UTF_8));
  }
}
