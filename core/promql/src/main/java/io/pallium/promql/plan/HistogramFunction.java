package io.pallium.promql.plan;

import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A function that makes a float of a native histogram; floats are dropped.
public enum HistogramFunction {
  HISTOGRAM_AVG,
  HISTOGRAM_COUNT,
  HISTOGRAM_STDDEV,
  HISTOGRAM_STDVAR,
  HISTOGRAM_SUM;

  private static final Map<String, HistogramFunction> BY_NAME =
      Stream.of(values())
          .collect(
              Collectors.toMap(
                  function -> function.name().toLowerCase(Locale.ROOT), Function.identity()));

  /// The function of that name; null if it is not one of these.
  public static @Nullable HistogramFunction named(String name) {
    return BY_NAME.get(name);
  }
}
