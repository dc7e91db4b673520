package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.promql.parse.GoText;
import io.pallium.promql.plan.Site;
import io.pallium.storage.SampleColumn;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The samples of one series that lie in the range of one step: indices into columns, moved forward
/// from step to step. Floats and histograms apart, staleness markers left out. Confined to one
/// thread; reused for all series.
@HotPath
final class Window {
  private static final long[] NO_TIMES = new long[0];

  private final Annotations annotations;
  private final Site site;
  private final @Nullable String fixedName;
  private final boolean usesStarts;
  private final @Nullable HistogramTotals totals;
  private final Reservation memory;
  private final Scratch scratch;
  private @Nullable Labels labels;

  /// Times and values of all floats of the series; the window is `[from, to)`.
  long[] timestamps = NO_TIMES;

  double[] values = new double[0];
  int floatCount;
  int from;
  int to;

  /// Times and values of all histograms of the series; the window is `[histogramFrom,
  /// histogramTo)`.
  long[] histogramTimestamps = NO_TIMES;

  NativeHistogram[] histograms = new NativeHistogram[0];
  int histogramCount;
  int histogramFrom;
  int histogramTo;

  /// Since when the floats and histograms count; nothing unless [#hasStarts].
  private long[] starts = NO_TIMES;

  private long[] histogramStarts = NO_TIMES;
  private boolean hasStarts;

  /// For how many histograms without buckets memory is reserved.
  private int totalsRoom;

  /// The bounds of the range: later than the first, not later than the second.
  long rangeStartMs;

  long rangeEndMs;

  /// @param fixedName the name that all series have; null if they come with labels
  /// @param usesStarts whether start timestamps are looked at
  /// @param memory where room for what a series has is reserved
  /// @param totals takes the buckets away from histograms; null if they stay
  Window(
      Annotations annotations,
      Site site,
      @Nullable String fixedName,
      boolean usesStarts,
      @Nullable HistogramTotals totals,
      Reservation memory) {
    this.annotations = annotations;
    this.site = site;
    this.fixedName = fixedName;
    this.usesStarts = usesStarts;
    this.totals = totals;
    this.memory = memory;
    this.scratch = memory.scratch();
  }

  /// Stands before the first sample of a series.
  void reset(SampleColumn samples, @Nullable Labels seriesLabels) {
    labels = seriesLabels;
    from = 0;
    to = 0;
    histogramFrom = 0;
    histogramTo = 0;
    histogramCount = 0;
    hasStarts = usesStarts && samples.hasStarts();
    if (samples.hasHistograms() || hasStarts) {
      split(samples);
    } else {
      dropStale(samples);
    }
  }

  /// Moves on to a later range.
  void moveTo(long startMs, long endMs) {
    rangeStartMs = startMs;
    rangeEndMs = endMs;
    long[] times = timestamps;
    int end = to;
    while (end < floatCount && times[end] <= endMs) {
      end++;
    }
    int begin = from;
    while (begin < end && times[begin] <= startMs) {
      begin++;
    }
    from = begin;
    to = end;
    if (histogramCount > 0) {
      moveHistograms(startMs, endMs);
    }
  }

  /// The samples of the range as they are counted; see [SampleCounts].
  long sampleCount() {
    long count = to - from;
    for (int i = histogramFrom; i < histogramTo; i++) {
      count += SampleCounts.samples(histograms[i]);
    }
    return count;
  }

  /// Whether the series began anew between a float and the one before it, by their starts.
  boolean isFloatRestart(int index) {
    return hasStarts
        && StartTimes.isReset(
            starts[index - 1], timestamps[index - 1], starts[index], timestamps[index]);
  }

  /// The same for histograms.
  boolean isHistogramRestart(int index) {
    return hasStarts
        && StartTimes.isReset(
            histogramStarts[index - 1],
            histogramTimestamps[index - 1],
            histogramStarts[index],
            histogramTimestamps[index]);
  }

  /// Since when the first float of the window counts, if that lies in the range; else 0.
  long firstStartMs() {
    return hasStarts ? StartTimes.inside(starts[from], rangeStartMs, timestamps[from]) : 0;
  }

  /// The same for histograms.
  long firstHistogramStartMs() {
    return hasStarts
        ? StartTimes.inside(
            histogramStarts[histogramFrom], rangeStartMs, histogramTimestamps[histogramFrom])
        : 0;
  }

  /// Warns if a sample of the window counts from before the one before it.
  void warnOverlap() {
    if (!hasStarts) {
      return;
    }
    boolean isOverlap = false;
    for (int i = from + 1; i < to; i++) {
      isOverlap |= StartTimes.isOverlap(starts[i - 1], timestamps[i - 1], starts[i]);
    }
    for (int i = histogramFrom + 1; i < histogramTo; i++) {
      isOverlap |=
          StartTimes.isOverlap(
              histogramStarts[i - 1], histogramTimestamps[i - 1], histogramStarts[i]);
    }
    if (isOverlap) {
      annotations.warnCounted(
          site,
          "sample has start time that overlaps with previous sample timestamp for metric "
              + GoText.quote(metricName()));
    }
  }

  int floats() {
    return to - from;
  }

  int histograms() {
    return histogramTo - histogramFrom;
  }

  boolean isEmpty() {
    return to == from && histogramTo == histogramFrom;
  }

  boolean isMixed() {
    return to > from && histogramTo > histogramFrom;
  }

  /// The metric's name; empty if it has none.
  String metricName() {
    if (fixedName != null) {
      return fixedName;
    }
    return label(Labels.METRIC_NAME);
  }

  /// The value of a label, empty if the series does not have it or came without labels.
  String label(String name) {
    String value = labels == null ? null : labels.get(name);
    return Objects.requireNonNullElse(value, "");
  }

  /// Room for computing with the histograms; there is enough for any two of them.
  Scratch scratch() {
    return scratch;
  }

  Annotations annotations() {
    return annotations;
  }

  Site site() {
    return site;
  }

  /// Warns that the window holds both floats and histograms, which the function cannot combine.
  void warnMixed() {
    annotations.warn(
        site,
        "encountered a mix of histograms and floats for metric name " + GoText.quote(metricName()));
  }

  /// Tells that the histograms of a mixed window were ignored.
  void informIgnored() {
    annotations.inform(
        site,
        "ignored histograms in a range containing both floats and histograms for metric name "
            + GoText.quote(metricName()));
  }

  private void moveHistograms(long startMs, long endMs) {
    while (histogramTo < histogramCount && histogramTimestamps[histogramTo] <= endMs) {
      histogramTo++;
    }
    while (histogramFrom < histogramTo && histogramTimestamps[histogramFrom] <= startMs) {
      histogramFrom++;
    }
  }

  private void dropStale(SampleColumn samples) {
    timestamps = samples.timestampsMs();
    values = samples.values();
    int size = samples.size();
    int kept = 0;
    while (kept < size && !StaleMarker.is(values[kept])) {
      kept++;
    }
    for (int i = kept; i < size; i++) {
      if (!StaleMarker.is(values[i])) {
        timestamps[kept] = timestamps[i];
        values[kept] = values[i];
        kept++;
      }
    }
    floatCount = kept;
  }

  private void split(SampleColumn samples) {
    timestamps = samples.timestampsMs();
    values = samples.values();
    int size = samples.size();
    if (histograms.length < size) {
      int room = samples.timestampsMs().length;
      memory.reserve(16L * room);
      histogramTimestamps = new long[room];
      histograms = new NativeHistogram[room];
    }
    if (hasStarts && starts.length < size) {
      int room = samples.timestampsMs().length;
      memory.reserve(16L * room);
      starts = new long[room];
      histogramStarts = new long[room];
    }
    if (totals != null) {
      if (totalsRoom < size) {
        int room = samples.timestampsMs().length;
        memory.reserve(HistogramTotals.BYTES * (room - totalsRoom));
        totalsRoom = room;
      }
      totals.start();
    }
    int kept = 0;
    for (int i = 0; i < size; i++) {
      NativeHistogram histogram = samples.histogram(i);
      if (histogram != null) {
        scratch.ensureFor(histogram, histogram);
      }
      boolean isStale = histogram != null && StaleMarker.is(histogram.sum());
      if (totals != null) {
        if (histogram == null || isStale) {
          totals.skip(timestamps[i]);
        } else {
          histogram = totals.next(timestamps[i], histogram);
        }
      }
      if (histogram != null) {
        if (!isStale) {
          histogramTimestamps[histogramCount] = timestamps[i];
          histograms[histogramCount] = histogram;
          if (hasStarts) {
            histogramStarts[histogramCount] = samples.startMs(i);
          }
          histogramCount++;
        }
      } else if (!StaleMarker.is(values[i])) {
        timestamps[kept] = timestamps[i];
        values[kept] = values[i];
        if (hasStarts) {
          starts[kept] = samples.startMs(i);
        }
        kept++;
      }
    }
    floatCount = kept;
  }
}
