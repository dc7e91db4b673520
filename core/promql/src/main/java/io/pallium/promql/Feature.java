package io.pallium.promql;

import io.pallium.base.BadRequestException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A part of the language that can be switched on and off, under the name of Prometheus's flag.
public enum Feature {
  /// Functions and aggregations that are marked experimental.
  EXPERIMENTAL_FUNCTIONS("promql-experimental-functions"),
  /// Arithmetic in the place of durations. On by default, as Prometheus 3.14 answers it.
  DURATION_EXPRESSIONS("promql-duration-expr"),
  /// The modifiers `anchored` and `smoothed`.
  EXTENDED_RANGE_SELECTORS("promql-extended-range-selectors"),
  /// The modifiers `fill`, `fill_left` and `fill_right`.
  FILL_MODIFIERS("promql-binop-fill-modifiers"),
  /// Names are dropped when the whole query is evaluated, not by each operation.
  DELAYED_NAME_REMOVAL("promql-delayed-name-removal"),
  /// Functions of counters know where a counter began.
  START_TIMESTAMPS("use-start-timestamps"),
  /// Annotations about metric types go by the label `__type__` rather than by the metric's name.
  TYPE_AND_UNIT_LABELS("type-and-unit-labels");

  private final String flag;

  Feature(String flag) {
    this.flag = flag;
  }

  /// The name in requests, which is that of Prometheus's flag.
  public String flag() {
    return flag;
  }

  /// The feature of that name.
  ///
  /// @throws BadRequestException if there is none
  public static Feature named(String flag) {
    for (Feature feature : values()) {
      if (feature.flag.equals(flag)) {
        return feature;
      }
    }
    throw new BadRequestException(
        "unknown feature \""
            + flag
            + "\", must be one of "
            + Stream.of(values()).map(Feature::flag).collect(Collectors.joining(", ")));
  }
}
