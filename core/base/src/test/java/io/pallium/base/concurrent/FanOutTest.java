package io.pallium.base.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.pallium.base.BadRequestException;
import io.pallium.base.QueryCanceledException;
import io.pallium.base.UnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class FanOutTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(20);
  private static final List<String> ABC = List.of("a", "b", "c");

  /// Counts down when the call that hangs in it is interrupted.
  private static String hang(CountDownLatch interrupted) throws InterruptedException {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      interrupted.countDown();
      throw e;
    }
    return "never";
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void allAnswersComeInTheOrderOfTheTargets() {
    CountDownLatch othersAnswered = new CountDownLatch(2);

    List<String> answers =
        FanOut.call(
            "read",
            ABC,
            FanOutPolicy.all(LONG),
            target -> {
              if (target.equals("a")) {
                await(othersAnswered);
              }
              othersAnswered.countDown();
              return target + "!";
            });

    assertThat(answers).containsExactly("a!", "b!", "c!");
    assertThat(FanOut.call("read", List.of(), FanOutPolicy.all(LONG), _ -> "x")).isEmpty();
  }

  @Test
  void firstErrorCancelsTheOthersWhenAllMustAnswer() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(2);

    assertThatThrownBy(
            () ->
                FanOut.call(
                    "read",
                    ABC,
                    FanOutPolicy.all(LONG),
                    target -> {
                      if (target.equals("b")) {
                        throw new IOException("connection refused");
                      }
                      return hang(interrupted);
                    }))
        .isInstanceOf(UnavailableException.class)
        .hasMessage("read: connection refused")
        .hasCauseInstanceOf(IOException.class);
    await(interrupted);
  }

  @Test
  void quorumReturnsWithoutTheSlowOneAndLetsItFinish() throws Exception {
    CountDownLatch returned = new CountDownLatch(1);
    CountDownLatch finished = new CountDownLatch(1);

    List<String> answers =
        FanOut.call(
            "push",
            ABC,
            FanOutPolicy.quorum(2, LONG),
            target -> {
              if (target.equals("a")) {
                await(returned);
                finished.countDown();
              }
              return target;
            });
    returned.countDown();

    assertThat(answers).containsExactly("b", "c");
    await(finished);
  }

  @Test
  void quorumThatIsReachedLeavesStragglersOnlyTheTimeout() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);

    List<String> answers =
        FanOut.call(
            "push",
            ABC,
            FanOutPolicy.quorum(2, Duration.ofMillis(500)),
            target -> target.equals("a") ? hang(interrupted) : target);

    assertThat(answers).containsExactly("b", "c");
    await(interrupted);
  }

  @Test
  void quorumSurvivesAsManyErrorsAsItMay() {
    List<String> answers =
        FanOut.call(
            "push",
            ABC,
            FanOutPolicy.quorum(2, LONG),
            target -> {
              if (target.equals("b")) {
                throw new UnavailableException("full");
              }
              return target;
            });

    assertThat(answers).containsExactly("a", "c");
  }

  @Test
  void retryableErrorGoesBeforeAFinalOne() {
    CountDownLatch firstFailed = new CountDownLatch(1);
    Throwable thrown =
        catchThrowable(
            () ->
                FanOut.call(
                    "push",
                    ABC,
                    FanOutPolicy.quorum(2, LONG),
                    target -> {
                      if (target.equals("a")) {
                        firstFailed.countDown();
                        throw new BadRequestException("bad label");
                      }
                      await(firstFailed);
                      if (target.equals("b")) {
                        throw new UnavailableException("full");
                      }
                      return hang(new CountDownLatch(1));
                    }));

    assertThat(thrown).isInstanceOf(UnavailableException.class).hasMessage("full");
    assertThat(thrown.getSuppressed()).hasSize(1);
    assertThat(thrown.getSuppressed()[0]).hasMessage("bad label");
  }

  @Test
  void finalErrorOfAllIsThrownAsItIs() {
    assertThatThrownBy(
            () ->
                FanOut.call(
                    "push",
                    ABC,
                    FanOutPolicy.quorum(2, LONG),
                    _ -> {
                      throw new BadRequestException("bad label");
                    }))
        .isInstanceOf(BadRequestException.class)
        .hasMessage("bad label");
  }

  @Test
  void tooFewAnswersInTimeFailAndCancel() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(2);

    assertThatThrownBy(
            () ->
                FanOut.call(
                    "push",
                    ABC,
                    FanOutPolicy.quorum(2, SHORT),
                    target -> target.equals("a") ? target : hang(interrupted)))
        .isInstanceOf(UnavailableException.class)
        .hasMessage("push: 1 of 2 needed answers within PT0.02S");
    await(interrupted);
  }

  @Test
  void tooFewTargetsFailAtOnce() {
    assertThatThrownBy(
            () -> FanOut.call("push", List.of("a"), FanOutPolicy.quorum(2, LONG), t -> t))
        .isInstanceOf(UnavailableException.class)
        .hasMessage("push: 2 targets are needed, there are 1");
  }

  @Test
  void hedgedCallsSparesOnlyForSlowOnes() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);
    Queue<String> called = new ConcurrentLinkedQueue<>();

    List<String> answers =
        FanOut.call(
            "read",
            ABC,
            FanOutPolicy.hedged(1, SHORT, LONG),
            target -> {
              called.add(target);
              return target.equals("a") ? hang(interrupted) : target;
            });

    await(interrupted);
    assertThat(answers).hasSize(1).doesNotContain("a");
    assertThat(called).contains("a", "b");
  }

  @Test
  void hedgedReplacesFailedOnesAtOnce() {
    Queue<String> called = new ConcurrentLinkedQueue<>();

    List<String> answers =
        FanOut.call(
            "read",
            ABC,
            FanOutPolicy.hedged(1, LONG, LONG),
            target -> {
              called.add(target);
              if (!target.equals("b")) {
                throw new IOException("gone");
              }
              return target;
            });

    assertThat(answers).containsExactly("b");
    assertThat(called).containsExactly("a", "b");
  }

  @Test
  void interruptOfTheCallerCancelsAll() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(3);
    CountDownLatch isRunning = new CountDownLatch(3);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread caller =
        Thread.ofPlatform()
            .start(
                () ->
                    thrown.set(
                        catchThrowable(
                            () ->
                                FanOut.call(
                                    "read",
                                    ABC,
                                    FanOutPolicy.all(LONG),
                                    _ -> {
                                      isRunning.countDown();
                                      return hang(interrupted);
                                    }))));
    await(isRunning);

    caller.interrupt();
    caller.join();

    await(interrupted);
    assertThat(thrown.get()).isInstanceOf(QueryCanceledException.class);
  }

  @Test
  void brokenInvariantsAreNotHidden() {
    assertThatThrownBy(
            () ->
                FanOut.call(
                    "read",
                    ABC,
                    FanOutPolicy.all(LONG),
                    _ -> {
                      throw new AssertionError("BUG: x");
                    }))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void policiesCheckTheirNumbers() {
    assertThatThrownBy(() -> FanOutPolicy.quorum(0, LONG))
        .hasMessage("required must be positive, was 0");
  }
}
