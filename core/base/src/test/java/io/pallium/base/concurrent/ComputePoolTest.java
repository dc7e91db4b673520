package io.pallium.base.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.UnavailableException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class ComputePoolTest {

  @Test
  void tasksThatDoNotFitAreRefusedAndCounted() throws Exception {
    CountDownLatch isRunning = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    try (ComputePool pool = new ComputePool("decode", 1, 1)) {
      CompletableFuture<Integer> first =
          pool.submit(
              () -> {
                isRunning.countDown();
                mayEnd.await();
                return 1;
              });
      isRunning.await();
      CompletableFuture<Integer> second = pool.submit(() -> 2);

      assertThatThrownBy(() -> pool.submit(() -> 3))
          .isInstanceOf(UnavailableException.class)
          .hasMessage("decode has no room: 1 tasks wait, the most allowed");
      assertThat(pool.rejected()).isEqualTo(1);
      assertThat(pool.active()).isEqualTo(1);
      assertThat(pool.queued()).isEqualTo(1);
      mayEnd.countDown();
      assertThat(first.get(30, TimeUnit.SECONDS)).isEqualTo(1);
      assertThat(second.get(30, TimeUnit.SECONDS)).isEqualTo(2);
    }
  }

  @Test
  void failureOfATaskIsThatOfItsFuture() {
    try (ComputePool pool = new ComputePool("decode", 1, 1)) {
      CompletableFuture<Integer> future =
          pool.submit(
              () -> {
                throw new IOException("torn");
              });

      assertThatThrownBy(() -> future.get(30, TimeUnit.SECONDS)).hasRootCauseMessage("torn");
    }
  }

  @Test
  void closeInterruptsWhatRunsAndFailsWhatWaits() throws Exception {
    CountDownLatch isRunning = new CountDownLatch(1);
    ComputePool pool = new ComputePool("decode", 1, 1, Duration.ofMillis(1));
    CompletableFuture<Integer> running =
        pool.submit(
            () -> {
              isRunning.countDown();
              new CountDownLatch(1).await();
              return 1;
            });
    isRunning.await();
    CompletableFuture<Integer> waiting = pool.submit(() -> 2);

    pool.close();

    assertThatThrownBy(() -> running.get(30, TimeUnit.SECONDS))
        .hasCauseInstanceOf(InterruptedException.class);
    assertThatThrownBy(() -> waiting.get(30, TimeUnit.SECONDS))
        .hasCauseInstanceOf(UnavailableException.class)
        .hasRootCauseMessage("decode is closed");
    assertThatThrownBy(() -> pool.submit(() -> 3))
        .isInstanceOf(UnavailableException.class)
        .hasMessage("decode is closed");
  }
}
