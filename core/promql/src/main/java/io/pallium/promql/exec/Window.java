package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
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

  /// The bounds of the range: later than the first, not later than the second.
  long rangeStartMs;

  long rangeEndMs;

  /// @param fixedName the name that all series have; null if they come with labels
  Window(Annotations annotations, Site site, @Nullable String fixedName) {
    this.annotations = annotations;
    this.site = site;
    this.fixedName = fixedName;
  }

  /// Stands before the first sample of a series.
  void reset(SampleColumn samples, @Nullable Labels seriesLabels) {
    labels = seriesLabels;
    from = 0;
    to = 0;
    histogramFrom = 0;
    histogramTo = 0;
    histogramCount = 0;
    if (samples.hasHistograms()) {
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
    String name = labels == null ? null : labels.get(Labels.METRIC_NAME);
    return Objects.requireNonNullElse(name, "");
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
      histogramTimestamps = new long[samples.timestampsMs().length];
      histograms = new NativeHistogram[samples.timestampsMs().length];
    }
    int kept = 0;
    for (int i = 0; i < size; i++) {
      NativeHistogram histogram = samples.histogram(i);
      if (histogram != null) {
        if (!StaleMarker.is(histogram.sum())) {
          histogramTimestamps[histogramCount] = timestamps[i];
          histograms[histogramCount] = histogram;
          histogramCount++;
        }
      } else if (!StaleMarker.is(values[i])) {
        timestamps[kept] = timestamps[i];
        values[kept] = values[i];
        kept++;
      }
    }
    floatCount = kept;
  }
}
