package io.pallium.promql.exec;

import io.pallium.model.NativeHistogram;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLongArray;

/// How many samples a query looks at, step by step, as Prometheus counts them: an instant selector
/// looks at the one sample of each series, a function over a range at all of its window. A
/// histogram counts by its size, 16 bytes being one sample. Thread-safe.
public final class SampleCounts {
  /// What a histogram takes in Prometheus beside its spans, buckets and bounds.
  private static final int HISTOGRAM_BYTES = 168;

  private static final int SAMPLE_BYTES = 16;

  private final AtomicLongArray steps;
  private final List<SampleCounts> parts = new CopyOnWriteArrayList<>();

  SampleCounts(int steps) {
    this.steps = new AtomicLongArray(steps);
  }

  /// The samples that one step looks at.
  public long at(int step) {
    long count = steps.get(step);
    for (SampleCounts part : parts) {
      count += part.total();
    }
    return count;
  }

  /// The samples that all steps look at.
  public long total() {
    long total = 0;
    for (int i = 0; i < steps.length(); i++) {
      total += at(i);
    }
    return total;
  }

  /// The counts of a part of the query with steps of its own. All of it counts at each of these
  /// steps.
  SampleCounts part(int partSteps) {
    SampleCounts part = new SampleCounts(partSteps);
    parts.add(part);
    return part;
  }

  void add(int step, long count) {
    steps.addAndGet(step, count);
  }

  /// Adds the samples that an instant selector found for one series.
  void add(StepColumn column) {
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      NativeHistogram histogram = column.histogram(i);
      add(i, histogram == null ? 1 : samples(histogram));
    }
  }

  /// What a histogram counts.
  static long samples(NativeHistogram histogram) {
    int bytes =
        HISTOGRAM_BYTES
            + Long.BYTES
                * (histogram.positiveSpans().length / 2
                    + histogram.negativeSpans().length / 2
                    + histogram.positiveBuckets().length
                    + histogram.negativeBuckets().length
                    + histogram.customBounds().length);
    return (bytes + Long.BYTES) / SAMPLE_BYTES;
  }
}
