package io.pallium.promql;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.model.TenantId;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.Queryable;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// Counts queriers that are open and calls of the store, and does something at one of them.
final class WatchedQueryable implements Queryable {
  private final Queryable inner;
  private final int moment;
  private final Runnable action;
  final AtomicInteger touches = new AtomicInteger();
  final AtomicInteger open = new AtomicInteger();

  WatchedQueryable(Queryable inner, int moment, Runnable action) {
    this.inner = inner;
    this.moment = moment;
    this.action = action;
  }

  private void touch() {
    if (touches.getAndIncrement() == moment) {
      action.run();
    }
  }

  @Override
  public Querier querier(TenantId tenant, long minTimeMs, long maxTimeMs, QueryControl control) {
    touch();
    Querier querier = inner.querier(tenant, minTimeMs, maxTimeMs, control);
    open.incrementAndGet();
    return new Querier() {
      @Override
      public SeriesSet select(SelectHints hints, List<LabelMatcher> matchers) {
        touch();
        return watched(querier.select(hints, matchers));
      }

      @Override
      public List<String> labelNames(List<LabelMatcher> matchers, int limit) {
        return querier.labelNames(matchers, limit);
      }

      @Override
      public List<String> labelValues(String name, List<LabelMatcher> matchers, int limit) {
        return querier.labelValues(name, matchers, limit);
      }

      @Override
      public void close() {
        open.decrementAndGet();
        querier.close();
      }
    };
  }

  private SeriesSet watched(SeriesSet set) {
    return new SeriesSet() {
      @Override
      public boolean isSorted() {
        return set.isSorted();
      }

      @Override
      public boolean next() {
        touch();
        return set.next();
      }

      @Override
      public Labels labels() {
        return set.labels();
      }

      @Override
      public SampleCursor samples() {
        SampleCursor cursor = set.samples();
        return new SampleCursor() {
          @Override
          public boolean nextRun(SampleColumn into) {
            // No call may come after the querier is closed.
            assertThat(open.get()).isPositive();
            touch();
            return cursor.nextRun(into);
          }

          @Override
          public void skipTo(long timestampMs) {
            cursor.skipTo(timestampMs);
          }
        };
      }
    };
  }
}
