package io.pallium.bench;

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

/// A store of any number of series that holds none: samples are made as they are read, so that what
/// is measured is the engine. Every selector finds all series, at one sample each 15 s from time 0.
final class SyntheticQueryable implements Queryable {
  private final int seriesCount;
  private final int sampleCount;

  SyntheticQueryable(int seriesCount, int sampleCount) {
    this.seriesCount = seriesCount;
    this.sampleCount = sampleCount;
  }

  @Override
  public Querier querier(TenantId tenant, long minTimeMs, long maxTimeMs, QueryControl control) {
    return new Querier() {
      @Override
      public SeriesSet select(SelectHints hints, List<LabelMatcher> matchers) {
        return new Series();
      }

      @Override
      public List<String> labelNames(List<LabelMatcher> matchers, int limit) {
        return List.of();
      }

      @Override
      public List<String> labelValues(String name, List<LabelMatcher> matchers, int limit) {
        return List.of();
      }

      @Override
      public void close() {
        // Nothing is held.
      }
    };
  }

  private final class Series implements SeriesSet {
    private int index = -1;

    @Override
    public boolean isSorted() {
      return true;
    }

    @Override
    public boolean next() {
      return ++index < seriesCount;
    }

    @Override
    public Labels labels() {
      return Labels.of("__name__", "m_total", "job", "j" + index % 10, "pod", "p" + index);
    }

    @Override
    public SampleCursor samples() {
      return new Samples(index);
    }
  }

  private final class Samples implements SampleCursor {
    private static final int RUN = 120;

    private final int series;
    private int next;

    Samples(int series) {
      this.series = series;
    }

    @Override
    public boolean nextRun(SampleColumn into) {
      int end = Math.min(sampleCount, next + RUN);
      if (next == end) {
        return false;
      }
      for (; next < end; next++) {
        into.add(next * WriteRequests.INTERVAL_MS, (double) next * (series % 100));
      }
      return true;
    }

    @Override
    public void skipTo(long timestampMs) {
      // All are read.
    }
  }
}
