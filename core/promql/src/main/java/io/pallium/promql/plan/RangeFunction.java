package io.pallium.promql.plan;

import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A function of the samples of a range.
public enum RangeFunction {
  RATE,
  INCREASE,
  DELTA,
  IRATE,
  IDELTA,
  DERIV,
  CHANGES,
  RESETS,
  AVG_OVER_TIME,
  SUM_OVER_TIME,
  MIN_OVER_TIME,
  MAX_OVER_TIME,
  COUNT_OVER_TIME,
  FIRST_OVER_TIME,
  LAST_OVER_TIME,
  PRESENT_OVER_TIME,
  STDDEV_OVER_TIME,
  STDVAR_OVER_TIME,
  QUANTILE_OVER_TIME,
  MAD_OVER_TIME,
  PREDICT_LINEAR,
  DOUBLE_EXPONENTIAL_SMOOTHING,
  TS_OF_FIRST_OVER_TIME,
  TS_OF_LAST_OVER_TIME,
  TS_OF_MAX_OVER_TIME,
  TS_OF_MIN_OVER_TIME;

  private static final Map<String, RangeFunction> BY_NAME =
      Stream.of(values()).collect(Collectors.toMap(RangeFunction::text, Function.identity()));

  private final String text = name().toLowerCase(Locale.ROOT);

  /// The name in PromQL.
  public String text() {
    return text;
  }

  /// Whether the result is still the same metric.
  public boolean keepsName() {
    return this == FIRST_OVER_TIME || this == LAST_OVER_TIME;
  }

  /// Whether it makes sense for counters only.
  public boolean isForCounters() {
    return this == RATE || this == INCREASE;
  }

  /// The function of that name; null if it is not one of these.
  public static @Nullable RangeFunction named(String name) {
    return BY_NAME.get(name);
  }
}
