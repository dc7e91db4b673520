package io.pallium.base.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class ServicesTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(20);

  private final List<String> events = Collections.synchronizedList(new ArrayList<>());

  /// Writes down what is done to it, and does what the test says.
  private class Recorder implements Service {
    private final String name;
    final CompletableFuture<Void> failure = new CompletableFuture<>();

    Recorder(String name) {
      this.name = name;
    }

    void onStart() throws Exception {}

    void onStop() throws Exception {}

    @Override
    public String name() {
      return name;
    }

    @Override
    public void start() throws Exception {
      events.add("start " + name);
      onStart();
    }

    @Override
    public void stop() throws Exception {
      events.add("stop " + name);
      onStop();
    }

    @Override
    public CompletableFuture<Void> failure() {
      return failure;
    }
  }

  private static void hang() throws InterruptedException {
    new CountDownLatch(1).await();
  }

  @Test
  void servicesStartInOrderAndStopInReverse() {
    Services services = new Services(LONG, LONG);
    services.add(new Recorder("kv"));
    services.add(new Recorder("ring"));
    assertThat(services.states())
        .isEqualTo(Map.of("kv", ServiceState.NEW, "ring", ServiceState.NEW));

    services.start();
    assertThat(services.isRunning()).isTrue();
    services.stop();
    services.stop();

    assertThat(events).containsExactly("start kv", "start ring", "stop ring", "stop kv");
    assertThat(services.states().values()).containsOnly(ServiceState.TERMINATED);
    assertThat(services.ended()).isCompleted();
  }

  @Test
  void servicesThatWereNeverStartedAreNotCalledByStop() {
    Services services = new Services(LONG, LONG);
    services.add(new Recorder("kv"));

    services.close();

    assertThat(events).isEmpty();
    assertThat(services.states()).containsEntry("kv", ServiceState.TERMINATED);
    assertThatThrownBy(services::start).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void serviceThatDoesNotStartStopsThoseBeforeIt() {
    Services services = new Services(LONG, LONG);
    services.add(new Recorder("kv"));
    services.add(
        new Recorder("http") {
          @Override
          void onStart() throws Exception {
            throw new java.io.IOException("address in use");
          }

          @Override
          void onStop() {
            throw new IllegalStateException("half open");
          }
        });
    services.add(new Recorder("never"));

    ServiceException e = catchThrowableOfType(ServiceException.class, services::start);

    assertThat(e).hasMessage("service http did not start: address in use");
    assertThat(e).hasCauseInstanceOf(java.io.IOException.class);
    assertThat(e.getSuppressed()).hasSize(1);
    assertThat(e.getSuppressed()[0]).hasMessage("service http did not stop: half open");
    assertThat(events).containsExactly("start kv", "start http", "stop http", "stop kv");
    assertThat(services.states())
        .isEqualTo(
            Map.of(
                "kv", ServiceState.TERMINATED,
                "http", ServiceState.FAILED,
                "never", ServiceState.TERMINATED));
    services.close();
  }

  @Test
  void serviceThatStartsTooSlowlyIsInterrupted() {
    CountDownLatch interrupted = new CountDownLatch(1);
    Services services = new Services(LONG, LONG);
    services.add(
        new Recorder("replay") {
          @Override
          void onStart() throws Exception {
            try {
              hang();
            } finally {
              interrupted.countDown();
            }
          }
        },
        SHORT);

    assertThatThrownBy(services::start)
        .isInstanceOf(ServiceException.class)
        .hasMessage("service replay did not start within PT0.02S");
    assertThat(services.states()).containsEntry("replay", ServiceState.FAILED);
    awaitLatch(interrupted);
  }

  @Test
  void serviceThatStopsTooSlowlyDoesNotKeepTheOthersFromStopping() {
    Services services = new Services(LONG, Duration.ofSeconds(1));
    services.add(new Recorder("log"));
    services.add(
        new Recorder("http") {
          @Override
          void onStop() throws Exception {
            hang();
          }
        });
    services.start();

    assertThatThrownBy(services::stop)
        .isInstanceOf(ServiceException.class)
        .hasMessageStartingWith("service http did not stop within PT");
    assertThat(events).containsExactly("start log", "start http", "stop http", "stop log");
    assertThat(services.states())
        .isEqualTo(Map.of("log", ServiceState.TERMINATED, "http", ServiceState.FAILED));
  }

  @Test
  void serviceThatBreaksDownStopsAll() throws Exception {
    Services services = new Services(LONG, LONG);
    Recorder log = services.add(new Recorder("log"));
    services.add(new Recorder("http"));
    services.start();

    log.failure.completeExceptionally(new java.io.IOException("disk gone"));

    assertThatThrownBy(() -> services.ended().get(30, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(ServiceException.class)
        .hasMessage("service log broke down: java.io.IOException: disk gone");
    assertThat(events).containsExactly("start log", "start http", "stop http", "stop log");
    assertThat(services.states())
        .isEqualTo(Map.of("log", ServiceState.FAILED, "http", ServiceState.TERMINATED));
    services.close();
  }

  @Test
  void breakDownAfterStopIsIgnored() {
    Services services = new Services(LONG, LONG);
    Recorder log = services.add(new Recorder("log"));
    services.start();
    services.stop();

    log.failure.completeExceptionally(new java.io.IOException("closed"));

    assertThat(services.states()).containsEntry("log", ServiceState.TERMINATED);
    assertThat(services.ended()).isCompleted();
  }

  @Test
  void stopInterruptsAStartThatIsUnderWay() throws Exception {
    CountDownLatch isStarting = new CountDownLatch(1);
    Services services = new Services(LONG, LONG);
    services.add(new Recorder("kv"));
    services.add(
        new Recorder("replay") {
          @Override
          void onStart() throws Exception {
            isStarting.countDown();
            hang();
          }
        });
    services.add(new Recorder("never"));
    CompletableFuture<Void> starting = CompletableFuture.runAsync(services::start);
    awaitLatch(isStarting);

    services.stop();

    assertThatThrownBy(() -> starting.get(30, TimeUnit.SECONDS))
        .cause()
        .isInstanceOf(ServiceException.class)
        .hasMessageStartingWith("service replay did not start: ");
    assertThat(events).containsExactly("start kv", "start replay", "stop replay", "stop kv");
    assertThat(services.isRunning()).isFalse();
  }

  @Test
  void namesAreUniqueAndTheListIsClosedByTheStart() {
    Services services = new Services(LONG, LONG);
    services.add(new Recorder("kv"));

    assertThatThrownBy(() -> services.add(new Recorder("kv")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("two services have the name kv");
    services.start();
    assertThatThrownBy(() -> services.add(new Recorder("late")))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(services::start).isInstanceOf(IllegalStateException.class);
    services.stop();
  }

  @Test
  void periodicTaskRunsAgainAfterAFailureAndEndsWithStop() {
    CountDownLatch runs = new CountDownLatch(3);
    Services services = new Services(LONG, LONG);
    services.add(
        new PeriodicTask(
            "reload",
            Duration.ofMillis(1),
            () -> {
              runs.countDown();
              throw new IllegalStateException("again");
            }));
    services.start();

    awaitLatch(runs);
    services.stop();

    assertThat(services.states()).containsEntry("reload", ServiceState.TERMINATED);
    assertThatThrownBy(() -> new PeriodicTask("x", Duration.ZERO, () -> {}))
        .hasMessage("period of x must be positive, was PT0S");
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }
}
