package io.pallium.storage;

import io.pallium.model.LabelCursor;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.TenantId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Series in plain memory: the reference implementation of the seam, for tests and tools. Every
/// tenant sees the same series. Not thread-safe while series are added; safe to read after.
public final class MemoryQueryable implements Queryable {
  private static final int RUN_LENGTH = 120;

  private record Sample(double value, @Nullable NativeHistogram histogram, long startMs) {}

  private final NavigableMap<Labels, NavigableMap<Long, Sample>> series = new TreeMap<>();

  /// Adds a float sample; one at the same time is replaced.
  public void add(Labels labels, long timestampMs, double value) {
    add(labels, timestampMs, value, 0);
  }

  /// Adds a float sample; one at the same time is replaced.
  ///
  /// @param startMs since when it counts, in milliseconds since the epoch; 0 if that is not known
  public void add(Labels labels, long timestampMs, double value, long startMs) {
    samples(labels).put(timestampMs, new Sample(value, null, startMs));
  }

  /// Adds a histogram sample; one at the same time is replaced.
  public void add(Labels labels, long timestampMs, NativeHistogram histogram) {
    add(labels, timestampMs, histogram, 0);
  }

  /// Adds a histogram sample; one at the same time is replaced.
  ///
  /// @param startMs since when it counts, in milliseconds since the epoch; 0 if that is not known
  public void add(Labels labels, long timestampMs, NativeHistogram histogram, long startMs) {
    samples(labels).put(timestampMs, new Sample(0, histogram, startMs));
  }

  @Override
  public Querier querier(TenantId tenant, long minTimeMs, long maxTimeMs, QueryControl control) {
    return new MemoryQuerier(minTimeMs, maxTimeMs);
  }

  private NavigableMap<Long, Sample> samples(Labels labels) {
    return series.computeIfAbsent(labels, _ -> new TreeMap<>());
  }

  private static boolean matches(Labels labels, List<LabelMatcher> matchers) {
    for (LabelMatcher matcher : matchers) {
      String value = labels.get(matcher.name());
      if (!matcher.matches(value == null ? "" : value)) {
        return false;
      }
    }
    return true;
  }

  private final class MemoryQuerier implements Querier {
    private final long minTimeMs;
    private final long maxTimeMs;

    MemoryQuerier(long minTimeMs, long maxTimeMs) {
      this.minTimeMs = minTimeMs;
      this.maxTimeMs = maxTimeMs;
    }

    @Override
    public SeriesSet select(SelectHints hints, List<LabelMatcher> matchers) {
      return new MemorySeriesSet(matching(matchers), minTimeMs, maxTimeMs);
    }

    @Override
    public List<String> labelNames(List<LabelMatcher> matchers, int limit) {
      TreeSet<Labels> names = new TreeSet<>();
      for (Labels labels : matching(matchers)) {
        LabelCursor cursor = labels.cursor();
        while (cursor.next()) {
          names.add(Labels.of("", cursor.name()));
        }
      }
      return texts(names, limit);
    }

    @Override
    public List<String> labelValues(String name, List<LabelMatcher> matchers, int limit) {
      TreeSet<Labels> values = new TreeSet<>();
      for (Labels labels : matching(matchers)) {
        String value = labels.get(name);
        if (value != null) {
          values.add(Labels.of("", value));
        }
      }
      return texts(values, limit);
    }

    /// The order of labels is the unsigned byte order of their values.
    private static List<String> texts(TreeSet<Labels> sorted, int limit) {
      List<String> texts = new ArrayList<>();
      for (Labels labels : sorted) {
        String text = labels.get("");
        if (text != null && (limit == 0 || texts.size() < limit)) {
          texts.add(text);
        }
      }
      return texts;
    }

    private List<Labels> matching(List<LabelMatcher> matchers) {
      List<Labels> found = new ArrayList<>();
      series.forEach(
          (labels, samples) -> {
            Long first = samples.ceilingKey(minTimeMs);
            if (first != null && first <= maxTimeMs && matches(labels, matchers)) {
              found.add(labels);
            }
          });
      return found;
    }

    @Override
    public void close() {
      // Nothing is held.
    }
  }

  private final class MemorySeriesSet implements SeriesSet {
    private final List<Labels> found;
    private final long minTimeMs;
    private final long maxTimeMs;
    private int index = -1;

    MemorySeriesSet(List<Labels> found, long minTimeMs, long maxTimeMs) {
      this.found = found;
      this.minTimeMs = minTimeMs;
      this.maxTimeMs = maxTimeMs;
    }

    @Override
    public boolean isSorted() {
      return true;
    }

    @Override
    public boolean next() {
      index++;
      return index < found.size();
    }

    @Override
    public Labels labels() {
      return found.get(index);
    }

    @Override
    public SampleCursor samples() {
      NavigableMap<Long, Sample> samples = series.get(found.get(index));
      if (samples == null) {
        throw new AssertionError("BUG: series was removed");
      }
      return new MemoryCursor(samples.subMap(minTimeMs, true, maxTimeMs, true));
    }
  }

  private static final class MemoryCursor implements SampleCursor {
    private final long[] timestamps;
    private final Sample[] samples;
    private int next;

    MemoryCursor(NavigableMap<Long, Sample> range) {
      this.timestamps = range.keySet().stream().mapToLong(Long::longValue).toArray();
      this.samples = range.values().toArray(Sample[]::new);
    }

    @Override
    public boolean nextRun(SampleColumn into) {
      int end = Math.min(samples.length, next + RUN_LENGTH);
      if (next >= end) {
        return false;
      }
      for (; next < end; next++) {
        NativeHistogram histogram = samples[next].histogram;
        if (histogram == null) {
          into.add(timestamps[next], samples[next].value);
        } else {
          into.add(timestamps[next], histogram);
        }
        into.setStart(samples[next].startMs);
      }
      return true;
    }

    @Override
    public void skipTo(long timestampMs) {
      int found = Arrays.binarySearch(timestamps, next, timestamps.length, timestampMs);
      int first = found >= 0 ? found : -found - 1;
      // Only whole runs are left out, as a store of chunks does it.
      next += (first - next) / RUN_LENGTH * RUN_LENGTH;
    }
  }
}
