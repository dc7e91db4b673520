package io.pallium.promql.script;

import io.pallium.model.NativeHistogram;
import org.jspecify.annotations.Nullable;

/// One place in the notation of a series: a float, a histogram, or nothing.
///
/// @param isOmitted whether there is no sample at this place
/// @param value the float; 0 if there is a histogram or nothing
/// @param histogram the histogram; null if there is a float or nothing
/// @param isHintGiven whether the notation of the histogram says anything about counter resets
public record SequenceValue(
    boolean isOmitted, double value, @Nullable NativeHistogram histogram, boolean isHintGiven) {
  /// No sample.
  public static final SequenceValue OMITTED = new SequenceValue(true, 0, null, false);

  /// A float.
  public static SequenceValue of(double value) {
    return new SequenceValue(false, value, null, false);
  }

  /// A histogram.
  ///
  /// @param isHintGiven whether its reset hint counts in a comparison
  public static SequenceValue of(NativeHistogram histogram, boolean isHintGiven) {
    return new SequenceValue(false, 0, histogram, isHintGiven);
  }

  /// The notation that gives this value.
  @Override
  public String toString() {
    if (isOmitted) {
      return "_";
    }
    return histogram == null ? Numbers.print(value) : HistogramNotation.print(histogram);
  }
}
