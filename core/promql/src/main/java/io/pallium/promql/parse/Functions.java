package io.pallium.promql.parse;

import static io.pallium.promql.ast.ValueType.MATRIX;
import static io.pallium.promql.ast.ValueType.SCALAR;
import static io.pallium.promql.ast.ValueType.STRING;
import static io.pallium.promql.ast.ValueType.VECTOR;

import io.pallium.promql.ast.FunctionSignature;
import io.pallium.promql.ast.ValueType;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The functions of the language and what they take and give, as of Prometheus 3.14.
public final class Functions {
  private static final Map<String, FunctionSignature> BY_NAME = new TreeMap<>();

  static {
    ofEach(
        MATRIX,
        "absent_over_time avg_over_time changes count_over_time delta deriv first_over_time idelta"
            + " increase irate last_over_time max_over_time min_over_time present_over_time rate"
            + " resets stddev_over_time stdvar_over_time sum_over_time");
    experimentalOfEach(
        MATRIX,
        "mad_over_time ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time"
            + " ts_of_min_over_time");
    ofEach(
        VECTOR,
        "abs absent acos acosh asin asinh atan atanh ceil cos cosh deg exp floor histogram_avg"
            + " histogram_count histogram_stddev histogram_stdvar histogram_sum ln log10 log2 rad"
            + " sgn sin sinh sort sort_desc sqrt tan tanh timestamp");
    experimentalOfEach(VECTOR, "start_timestamp");

    for (String name :
        "day_of_month day_of_week day_of_year days_in_month hour minute month year".split(" ")) {
      stable(name, 1, VECTOR, VECTOR);
    }

    stable("pi", 0, SCALAR);
    stable("time", 0, SCALAR);
    stable("scalar", 0, SCALAR, VECTOR);
    stable("vector", 0, VECTOR, SCALAR);
    experimental("start", 0, SCALAR);
    experimental("end", 0, SCALAR);
    experimental("step", 0, SCALAR);
    experimental("range", 0, SCALAR);
    experimental("max_of", 0, SCALAR, SCALAR, SCALAR);
    experimental("min_of", 0, SCALAR, SCALAR, SCALAR);

    stable("clamp", 0, VECTOR, VECTOR, SCALAR, SCALAR);
    stable("clamp_max", 0, VECTOR, VECTOR, SCALAR);
    stable("clamp_min", 0, VECTOR, VECTOR, SCALAR);
    stable("round", 1, VECTOR, VECTOR, SCALAR);
    stable("predict_linear", 0, VECTOR, MATRIX, SCALAR);
    stable("quantile_over_time", 0, VECTOR, SCALAR, MATRIX);
    experimental("double_exponential_smoothing", 0, VECTOR, MATRIX, SCALAR, SCALAR);

    stable("histogram_fraction", 0, VECTOR, SCALAR, SCALAR, VECTOR);
    stable("histogram_quantile", 0, VECTOR, SCALAR, VECTOR);
    experimental("histogram_quantiles", 9, VECTOR, VECTOR, STRING, SCALAR, SCALAR);

    stable("label_join", -1, VECTOR, VECTOR, STRING, STRING, STRING);
    stable("label_replace", 0, VECTOR, VECTOR, STRING, STRING, STRING, STRING);
    experimental("sort_by_label", -1, VECTOR, VECTOR, STRING);
    experimental("sort_by_label_desc", -1, VECTOR, VECTOR, STRING);
    experimental("info", 1, VECTOR, VECTOR, VECTOR);
  }

  private Functions() {}

  /// The signature of a function; null if there is none of that name. Names are case-sensitive.
  public static @Nullable FunctionSignature find(String name) {
    return BY_NAME.get(name);
  }

  /// All signatures, sorted by name.
  public static Collection<FunctionSignature> all() {
    return List.copyOf(BY_NAME.values());
  }

  private static void ofEach(ValueType arg, String names) {
    for (String name : names.split(" ")) {
      stable(name, 0, VECTOR, arg);
    }
  }

  private static void experimentalOfEach(ValueType arg, String names) {
    for (String name : names.split(" ")) {
      experimental(name, 0, VECTOR, arg);
    }
  }

  private static void stable(String name, int variadic, ValueType returns, ValueType... args) {
    add(new FunctionSignature(name, List.of(args), variadic, returns, false));
  }

  private static void experimental(
      String name, int variadic, ValueType returns, ValueType... args) {
    add(new FunctionSignature(name, List.of(args), variadic, returns, true));
  }

  private static void add(FunctionSignature signature) {
    BY_NAME.put(signature.name(), signature);
  }
}
