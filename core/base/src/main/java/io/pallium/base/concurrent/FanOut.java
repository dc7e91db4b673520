package io.pallium.base.concurrent;

import io.pallium.base.PalliumException;
import io.pallium.base.QueryCanceledException;
import io.pallium.base.UnavailableException;
import io.pallium.base.clock.TimeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/// Calls several targets at once, each on a virtual thread, and returns when enough have answered.
/// For blocking calls to other nodes and stores, not for computing.
///
/// The log context of the caller holds in the calls too. A call is cancelled by an interrupt. One
/// instance is one fan-out, confined to the thread that called `call`; the calls only put their
/// outcome into a queue.
///
/// @param <T> what is called
/// @param <R> what it answers
public final class FanOut<T, R> {
  private final String what;
  private final List<T> targets;
  private final FanOutPolicy policy;
  private final Call<T, R> call;
  private final int required;
  private final BlockingQueue<Outcome<R>> outcomes = new LinkedBlockingQueue<>();
  private final List<Thread> threads = new ArrayList<>();
  private final @Nullable Object[] answers;
  private final List<Throwable> failures = new ArrayList<>();
  private int answered;

  /// One call to one target.
  @FunctionalInterface
  public interface Call<T, R> {
    /// Calls `target` and returns its answer, not null. Must end soon after an interrupt.
    R call(T target) throws Exception;
  }

  /// What became of the call to target `index`: an answer or a failure.
  private record Outcome<R>(int index, @Nullable R answer, @Nullable Throwable failure) {}

  private FanOut(String what, List<T> targets, FanOutPolicy policy, Call<T, R> call) {
    this.what = what;
    this.targets = List.copyOf(targets);
    this.policy = policy;
    this.call = call;
    this.required = policy.required() == Integer.MAX_VALUE ? targets.size() : policy.required();
    this.answers = new @Nullable Object[targets.size()];
  }

  /// Calls targets until enough have answered.
  ///
  /// If so many fail that not enough are left, the others are cancelled and the first failure is
  /// thrown with the others suppressed; a failure that can pass with another try goes before one
  /// that cannot, as then the outcome is not known to be final. Checked exceptions arrive as
  /// `UnavailableException`.
  ///
  /// @param what what is done, for errors and thread names: `push to ingesters`
  /// @param targets in the order in which they are called
  /// @return the answers of the targets that answered, in the order of the targets: at least as
  ///   many as required
  /// @throws UnavailableException if there are too few targets, or too few answers in time
  /// @throws QueryCanceledException if the calling thread is interrupted; it stays interrupted
  public static <T, R> List<R> call(
      String what, List<T> targets, FanOutPolicy policy, Call<T, R> call) {
    return new FanOut<>(what, targets, policy, call).run();
  }

  private List<R> run() {
    if (targets.size() < required) {
      throw new UnavailableException(
          what + ": " + required + " targets are needed, there are " + targets.size());
    }
    boolean isDone = false;
    long deadlineNanos = TimeSource.SYSTEM.nowNanos() + policy.timeout().toNanos();
    try {
      collect(deadlineNanos);
      isDone = true;
      return inOrder();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new QueryCanceledException(what + ": interrupted", e);
    } finally {
      if (!isDone || policy.isRestCanceled()) {
        threads.forEach(Thread::interrupt);
      } else if (answered + failures.size() < threads.size()) {
        Thread.ofVirtual().name(what + "-rest").start(() -> cancelAt(deadlineNanos));
      }
    }
  }

  private void collect(long deadlineNanos) throws InterruptedException {
    boolean isHedged = !policy.hedgeAfter().isZero();
    for (int i = isHedged ? required : targets.size(); i > 0; i--) {
      startNext();
    }
    long hedgeNanos = TimeSource.SYSTEM.nowNanos() + policy.hedgeAfter().toNanos();
    while (answered < required) {
      boolean hasSpare = threads.size() < targets.size();
      long nowNanos = TimeSource.SYSTEM.nowNanos();
      long untilDeadline = deadlineNanos - nowNanos;
      long waitNanos = hasSpare ? Math.min(untilDeadline, hedgeNanos - nowNanos) : untilDeadline;
      Outcome<R> outcome = outcomes.poll(Math.max(0, waitNanos), TimeUnit.NANOSECONDS);
      if (outcome != null) {
        take(outcome);
        continue;
      }
      if (untilDeadline - Math.max(0, waitNanos) <= 0) {
        throw late();
      }
      startNext();
      hedgeNanos = TimeSource.SYSTEM.nowNanos() + policy.hedgeAfter().toNanos();
    }
  }

  private void take(Outcome<R> outcome) {
    Throwable failure = outcome.failure();
    if (failure == null) {
      answers[outcome.index()] = outcome.answer();
      answered++;
      return;
    }
    failures.add(failure);
    if (targets.size() - failures.size() < required) {
      throw failed();
    }
    if (threads.size() < targets.size()) {
      startNext();
    }
  }

  private void startNext() {
    int index = threads.size();
    T target = targets.get(index);
    Map<String, String> logContext = MDC.getCopyOfContextMap();
    Thread thread =
        Thread.ofVirtual()
            .name(what + "-" + index)
            .unstarted(
                () -> {
                  if (logContext != null) {
                    MDC.setContextMap(logContext);
                  }
                  outcomes.add(outcome(index, target));
                });
    threads.add(thread);
    thread.start();
  }

  private Outcome<R> outcome(int index, T target) {
    try {
      return new Outcome<>(index, Objects.requireNonNull(call.call(target), "answer"), null);
    } catch (Throwable e) {
      return new Outcome<>(index, null, e);
    }
  }

  private UnavailableException late() {
    UnavailableException late =
        new UnavailableException(
            what
                + ": "
                + answered
                + " of "
                + required
                + " needed answers within "
                + policy.timeout());
    failures.forEach(late::addSuppressed);
    return late;
  }

  private RuntimeException failed() {
    Throwable worst = failures.getFirst();
    for (Throwable failure : failures) {
      if (failure instanceof Error error) {
        throw error;
      }
      if (isFinal(worst) && !isFinal(failure)) {
        worst = failure;
      }
    }
    RuntimeException thrown =
        worst instanceof RuntimeException unchecked
            ? unchecked
            : new UnavailableException(what + ": " + worst.getMessage(), worst);
    for (Throwable failure : failures) {
      if (failure != worst && failure != thrown) {
        thrown.addSuppressed(failure);
      }
    }
    return thrown;
  }

  private static boolean isFinal(Throwable failure) {
    return failure instanceof PalliumException known && !known.kind().isRetryable();
  }

  @SuppressWarnings("unchecked")
  private List<R> inOrder() {
    List<R> inOrder = new ArrayList<>(answered);
    for (Object answer : answers) {
      if (answer != null) {
        inOrder.add((R) answer);
      }
    }
    return inOrder;
  }

  /// Lets the calls that nobody waits for run until the deadline, then interrupts them.
  private void cancelAt(long deadlineNanos) {
    try {
      for (Thread thread : threads) {
        long restNanos = deadlineNanos - TimeSource.SYSTEM.nowNanos();
        TimeUnit.NANOSECONDS.timedJoin(thread, restNanos);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      threads.forEach(Thread::interrupt);
    }
  }
}
