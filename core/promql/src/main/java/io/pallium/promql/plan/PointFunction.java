package io.pallium.promql.plan;

import io.pallium.promql.arithmetic.GoMath;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A function of one value of an instant vector; histograms are dropped.
public enum PointFunction {
  ABS,
  CEIL,
  FLOOR,
  EXP,
  SQRT,
  LN,
  LOG2,
  LOG10,
  SIN,
  COS,
  TAN,
  ASIN,
  ACOS,
  ATAN,
  SINH,
  COSH,
  TANH,
  ASINH,
  ACOSH,
  ATANH,
  RAD,
  DEG,
  SGN,
  MINUTE,
  HOUR,
  DAY_OF_WEEK,
  DAY_OF_MONTH,
  DAY_OF_YEAR,
  DAYS_IN_MONTH,
  MONTH,
  YEAR,
  /// The sign before a vector. Not a function in PromQL.
  NEGATE,
  /// To a multiple of the argument, 1 if there is none.
  ROUND,
  CLAMP,
  CLAMP_MIN,
  CLAMP_MAX;

  private static final Map<String, PointFunction> BY_NAME =
      Stream.of(values())
          .filter(function -> function != NEGATE)
          .collect(
              Collectors.toMap(
                  function -> function.name().toLowerCase(Locale.ROOT), Function.identity()));

  /// What it does to a value; null if it has scalar arguments.
  public @Nullable DoubleUnaryOperator operator() {
    return switch (this) {
      case ABS -> Math::abs;
      case CEIL -> Math::ceil;
      case FLOOR -> Math::floor;
      case EXP -> GoMath::exp;
      case SQRT -> Math::sqrt;
      case LN -> GoMath::log;
      case LOG2 -> GoMath::log2;
      case LOG10 -> GoMath::log10;
      case SIN -> GoMath::sin;
      case COS -> GoMath::cos;
      case TAN -> GoMath::tan;
      case ASIN -> GoMath::asin;
      case ACOS -> GoMath::acos;
      case ATAN -> GoMath::atan;
      case SINH -> GoMath::sinh;
      case COSH -> GoMath::cosh;
      case TANH -> GoMath::tanh;
      case ASINH -> GoMath::asinh;
      case ACOSH -> GoMath::acosh;
      case ATANH -> GoMath::atanh;
      case RAD -> value -> value * Math.PI / 180;
      case DEG -> value -> value * 180 / Math.PI;
      case SGN -> value -> value < 0 ? -1 : value > 0 ? 1 : value;
      case MINUTE -> GoCalendar::minute;
      case HOUR -> GoCalendar::hour;
      case DAY_OF_WEEK -> GoCalendar::dayOfWeek;
      case DAY_OF_MONTH -> GoCalendar::dayOfMonth;
      case DAY_OF_YEAR -> GoCalendar::dayOfYear;
      case DAYS_IN_MONTH -> GoCalendar::daysInMonth;
      case MONTH -> GoCalendar::month;
      case YEAR -> GoCalendar::year;
      case NEGATE -> value -> -value;
      case ROUND, CLAMP, CLAMP_MIN, CLAMP_MAX -> null;
    };
  }

  /// The function of that name; null if it is not one of these.
  public static @Nullable PointFunction named(String name) {
    return BY_NAME.get(name);
  }
}
