package io.pallium.promql.plan;

import io.pallium.model.LabelMatcher;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which series are read, and at which times.
///
/// @param matchers what they fulfil
/// @param name the metric name that all of them have; null if the matchers do not fix it
/// @param shift the time that is looked at
public record Selector(List<LabelMatcher> matchers, @Nullable String name, TimeShift shift) {
  public Selector {
    matchers = List.copyOf(matchers);
  }
}
