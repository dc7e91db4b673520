package io.pallium.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.objectstore.StoreException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RetriesTest {
  private static final RetryConfig CONFIG =
      new RetryConfig(5, Duration.ofMillis(100), Duration.ofMillis(300), Duration.ofSeconds(20));

  private final List<Duration> pauses = new ArrayList<>();
  private final Retries retries = Retries.untimed(CONFIG, pauses::add, new Random(1));

  @Test
  void whatPassesIsTriedAgainWithGrowingPauses() {
    AtomicInteger tries = new AtomicInteger();

    String answer =
        retries.call(
            "read x",
            0,
            () -> {
              if (tries.incrementAndGet() < 5) {
                throw new StoreException(Kind.THROTTLED, "slow down");
              }
              return "answer";
            });

    assertThat(answer).isEqualTo("answer");
    assertThat(tries).hasValue(5);
    long[] longestMs = {100, 200, 300, 300};
    assertThat(pauses).hasSize(4);
    for (int i = 0; i < 4; i++) {
      assertThat(pauses.get(i).toMillis()).isBetween(longestMs[i] / 2 - 1, longestMs[i]);
    }
  }

  @Test
  void lastFailureSaysHowOftenItWasTried() {
    assertThatThrownBy(() -> retries.call("read x", 0, failing(Kind.UNAVAILABLE, "503 from s3")))
        .isInstanceOf(StoreException.class)
        .hasMessage("503 from s3 (tried 5 times)");
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void onlyWhatCanPassIsTriedAgain(Kind kind) {
    AtomicInteger tries = new AtomicInteger();

    assertThatThrownBy(
            () ->
                retries.call(
                    "read x",
                    0,
                    () -> {
                      tries.incrementAndGet();
                      throw new StoreException(kind, "planted");
                    }))
        .isInstanceOf(StoreException.class);

    boolean passes = kind == Kind.THROTTLED || kind == Kind.TIMED_OUT || kind == Kind.UNAVAILABLE;
    assertThat(tries).hasValue(passes ? 5 : 1);
  }

  @Test
  void tryWithoutAnEndIsInterruptedAndTriedAgain() {
    RetryConfig config =
        new RetryConfig(3, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMillis(30));
    CountDownLatch interrupted = new CountDownLatch(3);

    assertThatThrownBy(
            () ->
                new Retries(config)
                    .call(
                        "read x",
                        0,
                        () -> {
                          try {
                            new CountDownLatch(1).await();
                          } catch (InterruptedException e) {
                            interrupted.countDown();
                            throw StoreException.canceled("read x", e);
                          }
                          return "never";
                        }))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMED_OUT))
        .hasMessageContaining("no answer within PT0.03S");

    assertThat(awaited(interrupted)).isTrue();
  }

  @Test
  void bugIsNotTriedAgain() {
    assertThatThrownBy(
            () ->
                new Retries(CONFIG)
                    .call(
                        "read x",
                        0,
                        () -> {
                          throw new AssertionError("BUG: planted");
                        }))
        .isInstanceOf(AssertionError.class);
  }

  private static boolean awaited(CountDownLatch latch) {
    try {
      return latch.await(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static Supplier<String> failing(Kind kind, String message) {
    return () -> {
      throw new StoreException(kind, message);
    };
  }
}
