package io.pallium.testkit.naive;

import java.util.Random;

/// Queries over [RandomSeries] of which the answer does not depend on the order of operations:
/// whatever rounds stands outside, where nothing is compared or chosen by it.
final class RandomQueries {
  private static final String[] ARITHMETIC = {"+", "-", "*"};
  private static final String[] COMPARISONS = {"==", "!=", "<", "<=", ">", ">="};
  private static final String[] SETS = {"and", "or", "unless"};
  private static final String[] GROUPINGS = {
    "", " by (instance)", " by (job, k)", " without (instance)", " without (k, job)", " by (none)"
  };
  private static final String[] EXACT_OVER_TIME = {
    "sum",
    "min",
    "max",
    "count",
    "last",
    "first",
    "present",
    "mad",
    "ts_of_first",
    "ts_of_last",
    "ts_of_max",
    "ts_of_min"
  };
  private static final String[] ROUNDING_OVER_TIME = {"avg", "stddev", "stdvar"};

  private final Random random;

  RandomQueries(Random random) {
    this.random = random;
  }

  String next() {
    return random.nextInt(4) == 0 ? rounding() : exact(3);
  }

  private String rounding() {
    String range = "c_total" + matchers() + "[" + range() + "]" + modifiers();
    return switch (random.nextInt(12)) {
      case 0 -> "rate(" + range + ")";
      case 1 -> "increase(" + range + ") + " + number();
      case 2 -> "sum" + grouping() + " (delta(" + range + "))";
      case 3 -> "deriv(" + range + ")";
      case 4 -> "predict_linear(" + range + ", " + scalar() + ")";
      case 5 -> "double_exponential_smoothing(" + range + ", 0." + digit() + ", 0." + digit() + ")";
      case 6 -> pick(ROUNDING_OVER_TIME) + "_over_time(d" + matchers() + "[" + range() + "])";
      case 7 -> (random.nextBoolean() ? "stddev" : "stdvar") + grouping() + " (" + exact(1) + ")";
      case 8 -> "avg" + grouping() + " (" + exact(2) + ")";
      case 9 -> pick("sin", "cos", "atan", "tanh", "deg", "rad") + "(d" + matchers() + ")";
      case 10 -> "irate(" + range + ")";
      default -> "(" + exact(2) + ") / " + (1 + random.nextInt(7));
    };
  }

  private String exact(int depth) {
    if (depth == 0) {
      return selector();
    }
    return switch (random.nextInt(27)) {
      case 0 -> selector();
      case 1 -> "-" + parens(depth);
      case 2 -> parens(depth) + " " + pick(ARITHMETIC) + " " + scalar();
      case 3 -> scalar() + " " + pick(COMPARISONS) + bool() + " " + parens(depth);
      case 4 ->
          pick("abs", "ceil", "floor", "sgn", "sort", "sort_desc") + "(" + exact(depth - 1) + ")";
      case 5 -> "round(" + exact(depth - 1) + ", 2)";
      case 6 -> "clamp(" + exact(depth - 1) + ", " + scalar() + ", " + scalar() + ")";
      case 7, 8 ->
          pick("sum", "min", "max", "count", "group") + grouping() + " (" + exact(depth - 1) + ")";
      case 9 ->
          "quantile"
              + grouping()
              + " ("
              + pick("0", "0.5", "1", "-1", "1.5")
              + ", "
              + exact(depth - 1)
              + ")";
      case 10, 11 ->
          pick("topk", "bottomk") + grouping() + " (" + count() + ", " + distinct() + ")";
      case 12 ->
          // Of what is fixed by @, Prometheus takes the number of the first step at all others.
          pick("topk", "bottomk") + grouping() + " (scalar(minute() % 4), d" + matchers() + ")";
      case 13 -> "limitk" + grouping() + " (" + count() + ", " + selector() + ")";
      case 14 -> "limit_ratio(" + pick("0.3", "-0.7", "1.5", "0") + ", " + exact(depth - 1) + ")";
      case 15 ->
          "count_values"
              + grouping()
              + " (\""
              + pick("v", "k", "job")
              + "\", "
              + exact(depth - 1)
              + ")";
      case 16 -> parens(depth) + " " + pick(SETS) + " " + oneToOne() + parens(depth);
      case 17 -> parens(depth) + " " + operator() + " " + oneToOne() + fill() + parens(depth);
      case 18 ->
          parens(depth)
              + " "
              + operator()
              + " "
              + on()
              + "group_left"
              + include()
              + fill()
              + oneSide();
      case 19 ->
          oneSide()
              + " "
              + operator()
              + " "
              + on()
              + "group_right"
              + include()
              + fill()
              + parens(depth);
      case 20 -> "absent(" + exact(depth - 1) + ")";
      case 21 -> "absent_over_time(" + ranged(depth) + ")";
      case 22 ->
          "label_replace("
              + exact(depth - 1)
              + ", \""
              + pick("k", "job", "new")
              + "\", \""
              + pick("$1", "x", "", "$1-$1")
              + "\", \""
              + pick("instance", "k", "none")
              + "\", \""
              + pick("i(.*)", "(.*)", "(k)1", "")
              + "\")";
      case 23 ->
          "label_join("
              + exact(depth - 1)
              + ", \""
              + pick("k", "new", "job")
              + "\", \"-\", \"instance\", \"job\")";
      case 24 -> "info(" + pick("a", "b", "d") + matchers() + modifiers() + infoSelector() + ")";
      case 25 -> overTime(depth);
      default -> date();
    };
  }

  private String overTime(int depth) {
    return switch (random.nextInt(6)) {
      case 0 -> pick("changes", "resets", "idelta") + "(" + ranged(depth) + ")";
      case 1 -> "quantile_over_time(" + pick("0.5", "0", "2") + ", " + ranged(depth) + ")";
      default -> pick(EXACT_OVER_TIME) + "_over_time(" + ranged(depth) + ")";
    };
  }

  private String date() {
    String part =
        pick(
            "minute",
            "hour",
            "day_of_week",
            "day_of_month",
            "day_of_year",
            "days_in_month",
            "month",
            "year");
    return random.nextBoolean() ? part + "()" : part + "(d" + matchers() + " * 7654321)";
  }

  /// A range over stored samples of one metric, or over an expression.
  private String ranged(int depth) {
    return random.nextInt(3) == 0
        ? parens(depth) + "[" + range() + ":" + pick("", "30s", "1m") + "]" + modifiers()
        : pick("a", "b", "d", "c_total") + matchers() + "[" + range() + "]" + modifiers();
  }

  /// A vector in which no two values of a step are equal.
  private String distinct() {
    return switch (random.nextInt(6)) {
      case 0 -> "-d" + matchers();
      case 1 -> "d" + matchers() + " * 3 > " + random.nextInt(100);
      case 2 -> "max_over_time(d" + matchers() + "[" + range() + "])";
      case 3 -> "label_replace(d, \"k\", \"$1\", \"instance\", \"i(.)\")";
      case 4 -> "d and on (instance) " + selector();
      default -> "d" + matchers() + modifiers();
    };
  }

  private String oneSide() {
    return switch (random.nextInt(4)) {
      case 0 -> "sum by (instance) (" + selector() + ")";
      case 1 -> "d" + matchers();
      default -> "one" + matchers();
    };
  }

  private String selector() {
    if (random.nextInt(10) == 0) {
      return "{__name__=~\"" + pick("a|b", "b|d", "one|a") + "\"}";
    }
    return pick("a", "b", "d", "one", "c_total") + matchers() + modifiers();
  }

  private String matchers() {
    return switch (random.nextInt(8)) {
      case 0 -> "{instance=\"i" + random.nextInt(4) + "\"}";
      case 1 -> "{job!=\"j0\"}";
      case 2 -> "{instance=~\"i[01]\",job=\"j1\"}";
      default -> "";
    };
  }

  private String modifiers() {
    return switch (random.nextInt(12)) {
      case 0 -> " offset 2m";
      case 1 -> " offset -1m";
      case 2 -> " @ 900";
      case 3 -> " @ end()";
      case 4 -> " @ start() offset 1m";
      default -> "";
    };
  }

  private String oneToOne() {
    return pick("", "", "on (instance) ", "on (instance, job) ", "ignoring (k) ", "on () ");
  }

  private String on() {
    return pick(
        "on (instance) ", "on (instance) ", "on (instance, job) ", "ignoring (k, job, owner) ");
  }

  private String include() {
    return pick(" () ", " () ", " (owner) ", " (owner, none) ", " (k) ");
  }

  private String fill() {
    return switch (random.nextInt(8)) {
      case 0 -> "fill (" + number() + ") ";
      case 1 -> "fill_left (" + number() + ") ";
      case 2 -> "fill_right (" + number() + ") ";
      default -> "";
    };
  }

  private String infoSelector() {
    return pick(
        "",
        "",
        ", {data=~\".+\"}",
        ", {data=\"v1\"}",
        ", {data!=\"v1\"}",
        ", {__name__=\"build_info\"}",
        ", {__name__=~\".+_info\"}",
        ", {__name__=~\".+_info\", version=~\"v.\"}");
  }

  private String operator() {
    return random.nextBoolean() ? pick(ARITHMETIC) : pick(COMPARISONS) + bool();
  }

  private String bool() {
    return random.nextBoolean() ? " bool" : "";
  }

  private String grouping() {
    return pick(GROUPINGS);
  }

  private String count() {
    return pick("1", "2", "3", "0", "100", "1.9");
  }

  private String scalar() {
    return random.nextInt(6) == 0 ? "time() / 60" : number();
  }

  private String number() {
    return String.valueOf(random.nextInt(9) - 3);
  }

  private int digit() {
    return 1 + random.nextInt(9);
  }

  private String range() {
    return pick("1m", "3m", "5m", "10m");
  }

  private String parens(int depth) {
    return "(" + exact(depth - 1) + ")";
  }

  private String pick(String... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
