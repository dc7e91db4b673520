package io.pallium.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.QueryCanceledException;
import io.pallium.base.UnavailableException;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import io.pallium.model.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class MergedQuerierTest {
  private final QueryControl control = QueryControl.unlimited();

  /// Samples of series in memory, given out in runs of a length; a negative value stands for a
  /// histogram.
  private static final class MemoryQuerier implements Querier {
    private final TreeMap<Labels, TreeMap<Long, Double>> series;
    private final int runLength;
    private boolean isClosed;

    MemoryQuerier(TreeMap<Labels, TreeMap<Long, Double>> series, int runLength) {
      this.series = series;
      this.runLength = runLength;
    }

    @Override
    public SeriesSet select(SelectHints hints, List<LabelMatcher> matchers) {
      List<Map.Entry<Labels, TreeMap<Long, Double>>> entries = List.copyOf(series.entrySet());
      return new SeriesSet() {
        private int position = -1;

        @Override
        public boolean isSorted() {
          return true;
        }

        @Override
        public boolean next() {
          return ++position < entries.size();
        }

        @Override
        public Labels labels() {
          return entries.get(position).getKey();
        }

        @Override
        public SampleCursor samples() {
          return cursor(entries.get(position).getValue(), runLength);
        }
      };
    }

    @Override
    public List<String> labelNames(List<LabelMatcher> matchers, int limit) {
      TreeSet<String> names = new TreeSet<>();
      series.keySet().forEach(labels -> names.addAll(labels.toMap().keySet()));
      return List.copyOf(names);
    }

    @Override
    public List<String> labelValues(String name, List<LabelMatcher> matchers, int limit) {
      TreeSet<String> values = new TreeSet<>();
      series.keySet().forEach(labels -> values.add(Objects.requireNonNull(labels.get(name))));
      return List.copyOf(values);
    }

    @Override
    public void close() {
      isClosed = true;
    }
  }

  private static SampleCursor cursor(TreeMap<Long, Double> samples, int runLength) {
    List<Map.Entry<Long, Double>> entries = List.copyOf(samples.entrySet());
    return new SampleCursor() {
      private int position;
      private long fromMs = Long.MIN_VALUE;

      @Override
      public boolean nextRun(SampleColumn into) {
        while (position < entries.size()) {
          int end = Math.min(entries.size(), position + runLength);
          boolean isSkipped = entries.get(end - 1).getKey() < fromMs;
          for (; position < end; position++) {
            long timestampMs = entries.get(position).getKey();
            double value = entries.get(position).getValue();
            if (isSkipped) {
              continue;
            }
            if (value < 0) {
              into.add(timestampMs, NativeHistogram.stale(value < -0.5));
            } else {
              into.add(timestampMs, value);
            }
          }
          if (!isSkipped) {
            return true;
          }
        }
        return false;
      }

      @Override
      public void skipTo(long timestampMs) {
        fromMs = timestampMs;
      }
    };
  }

  @Property(tries = 1000)
  void eachSampleComesOnceInOrder(@ForAll long seed) {
    Random random = new Random(seed);
    List<Querier> parts = new ArrayList<>();
    TreeMap<Labels, TreeMap<Long, Double>> expected = new TreeMap<>();
    int count = random.nextInt(1, 5);
    int spread = random.nextBoolean() ? 2000 : 100;
    for (int i = 0; i < count; i++) {
      TreeMap<Labels, TreeMap<Long, Double>> series = new TreeMap<>();
      int size = random.nextInt(8);
      for (int k = 0; k < size; k++) {
        TreeMap<Long, Double> samples = new TreeMap<>();
        long startMs = random.nextInt(spread);
        int length = random.nextInt(1, 300);
        for (int s = 0; s < length; s++) {
          samples.put(
              random.nextInt(100) == 0 ? Long.MIN_VALUE + s : startMs + random.nextInt(500),
              random.nextInt(10) == 0 ? -random.nextDouble() - 1e-9 : random.nextDouble());
        }
        series.put(Labels.of("name", "v" + random.nextInt(10)), samples);
      }
      parts.add(new MemoryQuerier(series, random.nextInt(1, 150)));
      series.forEach(
          (labels, samples) -> {
            TreeMap<Long, Double> all = expected.computeIfAbsent(labels, l -> new TreeMap<>());
            samples.forEach(all::putIfAbsent);
          });
    }

    try (Querier merged = MergedQuerier.of(parts, control)) {
      SeriesSet set = merged.select(SelectHints.sorted(0, Long.MAX_VALUE), List.of());
      List<Labels> found = new ArrayList<>();
      while (set.next()) {
        found.add(set.labels());
        TreeMap<Long, Double> wanted = Objects.requireNonNull(expected.get(set.labels()));
        assertSamples(set.samples(), wanted, Long.MIN_VALUE);
        long fromMs = random.nextInt(spread + 500);
        SampleCursor skipping = set.samples();
        skipping.skipTo(fromMs);
        assertSamples(skipping, wanted, fromMs);
      }
      assertThat(found).containsExactlyElementsOf(expected.keySet());
      TreeSet<String> values = new TreeSet<>();
      expected.keySet().forEach(labels -> values.add(Objects.requireNonNull(labels.get("name"))));
      assertThat(merged.labelValues("name", List.of(), 0)).containsExactlyElementsOf(values);
      assertThat(merged.labelNames(List.of(), 0))
          .isEqualTo(expected.isEmpty() ? List.of() : List.of("name"));
    }
    assertThat(parts).allMatch(part -> ((MemoryQuerier) part).isClosed);
  }

  @Test
  void partsThatDoNotOverlapKeepTheirRuns() {
    TreeMap<Long, Double> early = new TreeMap<>();
    TreeMap<Long, Double> late = new TreeMap<>();
    for (long i = 0; i < 240; i++) {
      early.put(i, 1.0 * i);
      late.put(1000 + i, 2.0 * i);
    }
    TreeMap<Labels, TreeMap<Long, Double>> first =
        new TreeMap<>(Map.of(Labels.of("a", "b"), early));
    TreeMap<Labels, TreeMap<Long, Double>> second =
        new TreeMap<>(Map.of(Labels.of("a", "b"), late));
    Querier merged =
        MergedQuerier.of(
            List.of(new MemoryQuerier(second, 120), new MemoryQuerier(first, 120)), control);
    SeriesSet set = merged.select(SelectHints.sorted(0, 2000), List.of());
    assertThat(set.next()).isTrue();
    SampleCursor cursor = set.samples();
    SampleColumn column = new SampleColumn(control);
    List<Integer> sizes = new ArrayList<>();
    while (cursor.nextRun(column)) {
      sizes.add(column.size());
    }

    assertThat(sizes).containsExactly(120, 240, 360, 480);
    merged.close();
  }

  @Test
  void histogramAfterOneOfAnotherPartSaysNothingOfResets() {
    Labels labels = Labels.of("a", "b");
    MemoryQueryable first = new MemoryQueryable();
    MemoryQueryable second = new MemoryQueryable();
    NativeHistogram stale = NativeHistogram.stale(false);
    first.add(labels, 1, stale.withResetHint(ResetHint.NO));
    first.add(labels, 2, stale.withResetHint(ResetHint.NO));
    second.add(labels, 3, stale.withResetHint(ResetHint.YES));
    second.add(labels, 4, stale.withResetHint(ResetHint.NO));
    first.add(labels, 5, stale.withResetHint(ResetHint.NO));
    second.add(labels, 6, stale.withResetHint(ResetHint.GAUGE));
    TenantId tenant = new TenantId("t");
    SampleColumn column = new SampleColumn(control);

    try (Querier merged =
        MergedQuerier.of(
            List.of(first.querier(tenant, 0, 10, control), second.querier(tenant, 0, 10, control)),
            control)) {
      SeriesSet set = merged.select(SelectHints.sorted(0, 10), List.of());
      assertThat(set.next()).isTrue();
      SampleCursor cursor = set.samples();
      while (cursor.nextRun(column)) {}
    }

    List<ResetHint> hints = new ArrayList<>();
    for (int i = 0; i < column.size(); i++) {
      hints.add(Objects.requireNonNull(column.histogram(i)).resetHint());
    }
    assertThat(hints)
        .containsExactly(
            ResetHint.UNKNOWN,
            ResetHint.NO,
            ResetHint.UNKNOWN,
            ResetHint.NO,
            ResetHint.UNKNOWN,
            ResetHint.GAUGE);
  }

  /// A part that answers as it is told, and nothing else.
  private record Asked(Callable<List<String>> answer) implements Querier {
    @Override
    public SeriesSet select(SelectHints hints, List<LabelMatcher> matchers) {
      return SeriesSet.EMPTY;
    }

    @Override
    public List<String> labelNames(List<LabelMatcher> matchers, int limit) {
      try {
        return answer.call();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new QueryCanceledException("interrupted", e);
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public List<String> labelValues(String name, List<LabelMatcher> matchers, int limit) {
      return labelNames(matchers, limit);
    }

    @Override
    public void close() {
      // Nothing is held.
    }
  }

  @Test
  @Timeout(60)
  void partsAreAskedForNamesAndValuesAtTheSameTime() {
    // Each part answers when the other one has been asked, too.
    CyclicBarrier both = new CyclicBarrier(2);
    List<Querier> parts = new ArrayList<>();
    for (String name : List.of("b", "a")) {
      parts.add(
          new Asked(
              () -> {
                both.await();
                return List.of(name);
              }));
    }

    try (Querier merged = MergedQuerier.of(parts, control)) {
      assertThat(merged.labelNames(List.of(), 0)).containsExactly("a", "b");
      assertThat(merged.labelValues("x", List.of(), 0)).containsExactly("a", "b");
    }
  }

  @Test
  @Timeout(60)
  void firstFailureOfAPartEndsTheQuestionToTheOthers() throws InterruptedException {
    CountDownLatch isAsked = new CountDownLatch(1);
    CountDownLatch isInterrupted = new CountDownLatch(1);
    Querier endless =
        new Asked(
            () -> {
              isAsked.countDown();
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                isInterrupted.countDown();
                throw e;
              }
              return List.of();
            });
    Querier failing =
        new Asked(
            () -> {
              isAsked.await();
              throw new UnavailableException("this part is gone");
            });

    try (Querier merged = MergedQuerier.of(List.of(endless, failing), control)) {
      assertThatThrownBy(() -> merged.labelNames(List.of(), 0))
          .isInstanceOf(UnavailableException.class)
          .hasMessage("this part is gone");
    }
    isInterrupted.await();
  }

  private void assertSamples(SampleCursor cursor, TreeMap<Long, Double> wanted, long fromMs) {
    SampleColumn column = new SampleColumn(control);
    while (cursor.nextRun(column)) {
      assertThat(column.size()).isPositive();
    }
    List<Map.Entry<Long, Double>> entries = List.copyOf(wanted.tailMap(fromMs, true).entrySet());
    int skipped = 0;
    while (skipped < column.size() && column.timestampsMs()[skipped] < fromMs) {
      skipped++;
    }
    assertThat(column.size() - skipped).isEqualTo(entries.size());
    for (int i = 0; i < entries.size(); i++) {
      double value = entries.get(i).getValue();
      assertThat(column.timestampsMs()[skipped + i]).isEqualTo(entries.get(i).getKey());
      NativeHistogram histogram = column.histogram(skipped + i);
      if (value < 0) {
        assertThat(histogram).isEqualTo(NativeHistogram.stale(value < -0.5));
      } else {
        assertThat(histogram).isNull();
        assertThat(column.values()[skipped + i]).isEqualTo(value);
      }
    }
    column.release();
  }
}
