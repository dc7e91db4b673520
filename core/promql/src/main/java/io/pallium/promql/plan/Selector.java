package io.pallium.promql.plan;

import io.pallium.model.LabelMatcher;
import io.pallium.promql.ast.VectorSelector.Edges;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which series are read, and at which times.
///
/// @param matchers what they fulfil
/// @param name the metric name that all of them have; null if the matchers do not fix it
/// @param shift the time that is looked at
/// @param edges how the edges of a range, or an instant between samples, are treated
/// @param isTotalsOnly whether native histograms come without their buckets
public record Selector(
    List<LabelMatcher> matchers,
    @Nullable String name,
    TimeShift shift,
    Edges edges,
    boolean isTotalsOnly) {
  public Selector {
    matchers = List.copyOf(matchers);
  }

  /// One without modifiers of edges, of whole histograms.
  public Selector(List<LabelMatcher> matchers, @Nullable String name, TimeShift shift) {
    this(matchers, name, shift, Edges.PLAIN, false);
  }

  /// The same at another time.
  public Selector withShift(TimeShift other) {
    return new Selector(matchers, name, other, edges, isTotalsOnly);
  }
}
