package io.pallium.promql.ast;

import java.util.Locale;

/// An aggregation operator.
public enum AggregateOp {
  AVG,
  BOTTOMK,
  COUNT,
  COUNT_VALUES,
  GROUP,
  MAX,
  MIN,
  QUANTILE,
  STDDEV,
  STDVAR,
  SUM,
  TOPK,
  LIMITK,
  LIMIT_RATIO;

  private final String text = name().toLowerCase(Locale.ROOT);

  /// The operator as it is written, in lower case.
  public String text() {
    return text;
  }

  /// Whether a parameter comes before the vector.
  public boolean hasParam() {
    return switch (this) {
      case BOTTOMK, TOPK, COUNT_VALUES, QUANTILE, LIMITK, LIMIT_RATIO -> true;
      case AVG, COUNT, GROUP, MAX, MIN, STDDEV, STDVAR, SUM -> false;
    };
  }

  /// Whether it is experimental, as a function may be.
  public boolean isExperimental() {
    return this == LIMITK || this == LIMIT_RATIO;
  }
}
