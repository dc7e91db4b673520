package io.pallium.cluster.rpc;

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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Series without end, or an answer that never comes; says how far its reader is.
final class EndlessStorage implements Queryable {
  private static final int SAMPLES = 120;

  private final AtomicLong seriesCount = new AtomicLong();
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile @Nullable Thread reader;
  private volatile boolean isSilent;

  EndlessStorage silent() {
    isSilent = true;
    return this;
  }

  /// What was handed to the sender, about.
  long sentBytes() {
    return seriesCount.get() * SAMPLES * 17;
  }

  void awaitBegin() {
    try {
      begun.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Waits until the querier was closed.
  void awaitEnd() throws InterruptedException {
    closed.await();
  }

  /// Waits until the thread that reads from here waits.
  void awaitStandstill() {
    awaitBegin();
    while (reader == null || reader.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
  }

  @Override
  public Querier querier(TenantId tenant, long minTimeMs, long maxTimeMs, QueryControl control) {
    return new Querier() {
      @Override
      public SeriesSet select(SelectHints hints, List<LabelMatcher> matchers) {
        begin();
        return new EndlessSet(control);
      }

      @Override
      public List<String> labelNames(List<LabelMatcher> matchers, int limit) {
        begin();
        throw waitForEver(control);
      }

      @Override
      public List<String> labelValues(String name, List<LabelMatcher> matchers, int limit) {
        return labelNames(matchers, limit);
      }

      @Override
      public void close() {
        closed.countDown();
      }
    };
  }

  private void begin() {
    reader = Thread.currentThread();
    begun.countDown();
  }

  private static AssertionError waitForEver(QueryControl control) {
    Thread self = Thread.currentThread();
    control.onCancel(() -> LockSupport.unpark(self));
    while (true) {
      control.check();
      LockSupport.park();
    }
  }

  private final class EndlessSet implements SeriesSet {
    private final QueryControl control;
    private int series = -1;

    EndlessSet(QueryControl control) {
      this.control = control;
    }

    @Override
    public boolean isSorted() {
      return true;
    }

    @Override
    public boolean next() {
      if (isSilent) {
        throw waitForEver(control);
      }
      series++;
      seriesCount.incrementAndGet();
      return true;
    }

    @Override
    public Labels labels() {
      return Samples.labels(series);
    }

    @Override
    public SampleCursor samples() {
      return new SampleCursor() {
        private boolean isRead;

        @Override
        public boolean nextRun(SampleColumn into) {
          if (isRead) {
            return false;
          }
          isRead = true;
          for (int i = 0; i < SAMPLES; i++) {
            into.add(i, i);
          }
          return true;
        }

        @Override
        public void skipTo(long timestampMs) {
          // All is one run.
        }
      };
    }
  }
}
