package io.pallium.promql.exec;

import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.storage.SampleColumn;
import org.jspecify.annotations.Nullable;

/// One series of a result: its labels and its points, read from the columns they were computed in.
/// Points are addressed by an index from 0 to [#length]; with steps, some may be absent. Valid
/// until the result is closed.
public final class ResultSeries {
  private final Labels labels;
  private final @Nullable Steps steps;
  private final @Nullable StepColumn column;
  private final @Nullable SampleColumn samples;

  private ResultSeries(
      Labels labels,
      @Nullable Steps steps,
      @Nullable StepColumn column,
      @Nullable SampleColumn samples) {
    this.labels = labels;
    this.steps = steps;
    this.column = column;
    this.samples = samples;
  }

  static ResultSeries ofSteps(Labels labels, Steps steps, StepColumn column) {
    return new ResultSeries(labels, steps, column, null);
  }

  static ResultSeries ofSamples(Labels labels, SampleColumn samples) {
    return new ResultSeries(labels, null, null, samples);
  }

  public Labels labels() {
    return labels;
  }

  /// The number of indices; not all need to be points.
  public int length() {
    return column == null ? samples().size() : column.count();
  }

  /// The number of points.
  public int size() {
    return column == null ? samples().size() : column.presentCount();
  }

  /// The first index at or after `from` that is a point; -1 if there is none.
  public int next(int from) {
    if (column != null) {
      return column.nextPresent(from);
    }
    return from < samples().size() ? from : -1;
  }

  /// The time of a point in milliseconds since the epoch.
  public long timestampMs(int index) {
    return steps == null ? samples().timestampsMs()[index] : steps.timeMs(index);
  }

  /// The value of a point that is a float.
  public double value(int index) {
    return column == null ? samples().values()[index] : column.value(index);
  }

  /// The value of a point that is a histogram; null if it is a float.
  public @Nullable NativeHistogram histogram(int index) {
    return column == null ? samples().histogram(index) : column.histogram(index);
  }

  private SampleColumn samples() {
    if (samples == null) {
      throw new AssertionError("BUG: series without samples");
    }
    return samples;
  }
}
