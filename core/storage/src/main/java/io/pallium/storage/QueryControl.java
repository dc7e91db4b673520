package io.pallium.storage;

import io.pallium.base.QueryCanceledException;
import io.pallium.base.QueryTimeoutException;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.memory.MemoryBudget;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;

/// What binds one query: its memory budget, its deadline, and whether its caller is still there.
/// Passed down to everything that works for the query. Thread-safe.
public final class QueryControl {
  /// How many samples or steps may be looked at between two calls of [#giveWay].
  public static final int SAMPLES_PER_TURN = 1 << 16;

  private final MemoryBudget budget;
  private final TimeSource time;
  private final Duration timeout;
  private final long deadlineNanos;
  private final LongAdder samplesRead = new LongAdder();
  private final CompletableFuture<Void> canceled = new CompletableFuture<>();
  private volatile Runnable pace = () -> {};

  /// @param budget what the query may use; closed by whoever opened it
  /// @param timeout how long the query may take from now on
  public QueryControl(MemoryBudget budget, TimeSource time, Duration timeout) {
    this.budget = budget;
    this.time = time;
    this.timeout = timeout;
    this.deadlineNanos = time.nowNanos() + timeout.toNanos();
  }

  /// Without limits worth the name: for tools and tests.
  public static QueryControl unlimited() {
    return new QueryControl(
        MemoryBudget.root("unlimited", Long.MAX_VALUE), TimeSource.SYSTEM, Duration.ofHours(24));
  }

  public MemoryBudget budget() {
    return budget;
  }

  /// The time that is left; never negative.
  public Duration remaining() {
    return Duration.ofNanos(Math.max(0, deadlineNanos - time.nowNanos()));
  }

  /// The time since the query came.
  public Duration elapsed() {
    return timeout.minusNanos(deadlineNanos - time.nowNanos());
  }

  /// Ends the query at its next [#check].
  public void cancel() {
    canceled.complete(null);
  }

  /// Runs an action when the query is canceled, for waits that no [#check] can end; at once if it
  /// is canceled already.
  public void onCancel(Runnable action) {
    var _ = canceled.thenRun(action);
  }

  /// To be called once per batch, series or tile of work, not per sample.
  ///
  /// @throws QueryCanceledException if the caller went away
  /// @throws QueryTimeoutException if the time is over
  public void check() {
    if (canceled.isDone()) {
      throw new QueryCanceledException("query was canceled in expression evaluation");
    }
    if (time.nowNanos() - deadlineNanos > 0) {
      throw new QueryTimeoutException(
          "query timed out in expression evaluation: it took longer than "
              + timeout.toMillis()
              + " ms");
    }
  }

  /// Says how the query gives way to others: an action that may wait. Called before it begins.
  public void paceWith(Runnable action) {
    pace = action;
  }

  /// As [#check], and gives way to others if they are to go first. Not with a lock held that others
  /// need.
  ///
  /// @throws QueryCanceledException if the caller went away
  /// @throws QueryTimeoutException if the time is over
  public void giveWay() {
    check();
    pace.run();
  }

  /// Counts samples that were read for the query.
  public void addSamplesRead(long count) {
    samplesRead.add(count);
  }

  /// The samples that were read for the query so far.
  public long samplesRead() {
    return samplesRead.sum();
  }
}
