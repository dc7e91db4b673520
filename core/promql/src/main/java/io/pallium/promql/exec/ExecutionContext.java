package io.pallium.promql.exec;

import io.pallium.model.LabelMatcher;
import io.pallium.model.TenantId;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.Queryable;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesSet;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// What the operators of one query share: the store, the memory, the threads and the annotations.
/// Closing it closes all of them and gives all memory back. Confined to the query's thread.
public final class ExecutionContext implements AutoCloseable {
  /// An operator without what it reserves itself, and its part of the plan.
  private static final int BYTES_PER_RESOURCE = 512;

  private final Queryable queryable;
  private final TenantId tenant;
  private final QueryControl control;
  private final Executor pool;
  private final int parallelism;
  private final long lookbackMs;
  private final Semantics semantics;
  private final Annotations annotations;
  private final Reservation memory;
  private final List<AutoCloseable> owned = new ArrayList<>();
  private long minTimeMs = Long.MAX_VALUE;
  private long maxTimeMs = Long.MIN_VALUE;
  private @Nullable Querier querier;

  /// @param pool where the work on single series runs
  /// @param parallelism how much of that work may be under way at once, at least 1
  /// @param lookbackMs how old a sample may be to be the value of an instant
  public ExecutionContext(
      Queryable queryable,
      TenantId tenant,
      QueryControl control,
      Executor pool,
      int parallelism,
      long lookbackMs,
      Semantics semantics) {
    this.queryable = queryable;
    this.tenant = tenant;
    this.control = control;
    this.pool = pool;
    this.parallelism = parallelism;
    this.lookbackMs = lookbackMs;
    this.semantics = semantics;
    this.annotations = new Annotations(new Reservation(control.budget()));
    this.memory = new Reservation(control.budget());
  }

  /// The warnings and infos so far; kept until the result is closed.
  public Annotations annotations() {
    return annotations;
  }

  QueryControl control() {
    return control;
  }

  Executor pool() {
    return pool;
  }

  int parallelism() {
    return parallelism;
  }

  long lookbackMs() {
    return lookbackMs;
  }

  Semantics semantics() {
    return semantics;
  }

  /// Memory that goes back at the latest when the query ends.
  Reservation reservation() {
    return own(new Reservation(control.budget()));
  }

  /// Closes something at the latest when the query ends.
  <T extends AutoCloseable> T own(T resource) {
    owned.add(resource);
    memory.reserve(BYTES_PER_RESOURCE);
    return resource;
  }

  /// Announces a time range that is going to be read; before the first [#select].
  void announce(long fromMs, long toMs) {
    minTimeMs = Math.min(minTimeMs, fromMs);
    maxTimeMs = Math.max(maxTimeMs, toMs);
  }

  /// The series that fulfil the matchers, in one view of the store for the whole query.
  SeriesSet select(SelectHints hints, List<LabelMatcher> matchers) {
    Querier open = querier;
    if (open == null) {
      open = queryable.querier(tenant, minTimeMs, maxTimeMs, control);
      querier = open;
    }
    return open.select(hints, matchers);
  }

  @Override
  public void close() {
    RuntimeException failure = null;
    for (int i = owned.size() - 1; i >= 0; i--) {
      failure = close(owned.get(i), failure);
    }
    owned.clear();
    Querier open = querier;
    if (open != null) {
      querier = null;
      failure = close(open, failure);
    }
    memory.close();
    if (failure != null) {
      throw failure;
    }
  }

  private static @Nullable RuntimeException close(
      AutoCloseable resource, @Nullable RuntimeException before) {
    try {
      resource.close();
      return before;
    } catch (Exception e) {
      RuntimeException failure = before == null ? new IllegalStateException(e) : before;
      if (before != null) {
        before.addSuppressed(e);
      }
      return failure;
    }
  }
}
