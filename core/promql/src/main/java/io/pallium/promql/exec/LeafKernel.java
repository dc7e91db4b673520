package io.pallium.promql.exec;

import io.pallium.model.Labels;
import io.pallium.storage.SampleColumn;
import org.jspecify.annotations.Nullable;

/// Turns the samples of a series into its values at the steps. Holds scratch memory; used by one
/// thread at a time.
interface LeafKernel {
  /// @param samples the series' samples; may be changed
  /// @param labels the series' labels; null if the operator was built without
  /// @param out an empty column
  void compute(SampleColumn samples, @Nullable Labels labels, StepColumn out);
}
