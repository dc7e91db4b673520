package io.pallium.testkit.naive;

import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.promql.ast.AggregateExpr;
import io.pallium.promql.ast.AggregateOp;
import io.pallium.promql.ast.BinaryExpr;
import io.pallium.promql.ast.BinaryOp;
import io.pallium.promql.ast.Call;
import io.pallium.promql.ast.Expr;
import io.pallium.promql.ast.MatrixSelector;
import io.pallium.promql.ast.NumberLiteral;
import io.pallium.promql.ast.ParenExpr;
import io.pallium.promql.ast.StringLiteral;
import io.pallium.promql.ast.SubqueryExpr;
import io.pallium.promql.ast.TimeModifiers;
import io.pallium.promql.ast.UnaryExpr;
import io.pallium.promql.ast.UnaryOp;
import io.pallium.promql.ast.ValueType;
import io.pallium.promql.ast.VectorMatching;
import io.pallium.promql.ast.VectorSelector;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.DoubleBinaryOperator;
import java.util.function.ToDoubleFunction;

/// Evaluates PromQL over floats one step at a time, straight from the language's definition, with
/// no regard for speed. It shares with the engine the syntax tree and nothing else.
///
/// Sums are exact and rounded once, so that results agree with the engine's to within rounding and
/// not to the bit.
public final class NaiveEvaluator {
  private static final long LOOKBACK_MS = 300_000;
  private static final long DEFAULT_STEP_MS = 60_000;

  private final Map<Labels, List<Point>> series;
  private final long startMs;
  private final long endMs;

  /// @param series all samples, in order of time
  /// @param startMs the first step of the query, for `@ start()`
  /// @param endMs the last step of the query, for `@ end()`
  public NaiveEvaluator(Map<Labels, List<Point>> series, long startMs, long endMs) {
    this.series = series;
    this.startMs = startMs;
    this.endMs = endMs;
  }

  /// The value of an instant vector, or of a scalar under the empty labels, at one time.
  public Map<Labels, Double> evaluate(Expr expr, long timeMs) {
    if (expr.type() == ValueType.SCALAR) {
      return Map.of(Labels.EMPTY, scalar(expr, timeMs));
    }
    return vector(expr, timeMs);
  }

  private double scalar(Expr expr, long timeMs) {
    return switch (expr) {
      case NumberLiteral number -> number.value();
      case ParenExpr paren -> scalar(paren.expr(), timeMs);
      case UnaryExpr unary ->
          unary.op() == UnaryOp.MINUS
              ? -scalar(unary.expr(), timeMs)
              : scalar(unary.expr(), timeMs);
      case BinaryExpr binary -> {
        double left = scalar(binary.lhs(), timeMs);
        double right = scalar(binary.rhs(), timeMs);
        yield binary.op().isComparison()
            ? (holds(binary.op(), left, right) ? 1 : 0)
            : arithmetic(binary.op()).applyAsDouble(left, right);
      }
      case Call call ->
          switch (call.function().name()) {
            case "time" -> timeMs / 1000.0;
            case "pi" -> Math.PI;
            case "scalar" -> {
              Map<Labels, Double> only = vector(call.args().get(0), timeMs);
              yield only.size() == 1 ? only.values().iterator().next() : Double.NaN;
            }
            default -> throw unsupported(call.function().name());
          };
      default -> throw unsupported(expr.getClass().getSimpleName());
    };
  }

  private Map<Labels, Double> vector(Expr expr, long timeMs) {
    return switch (expr) {
      case ParenExpr paren -> vector(paren.expr(), timeMs);
      case VectorSelector selector -> select(selector, timeMs);
      case UnaryExpr unary ->
          unary.op() == UnaryOp.MINUS
              ? mapValues(vector(unary.expr(), timeMs), v -> -v)
              : vector(unary.expr(), timeMs);
      case AggregateExpr aggregate -> aggregate(aggregate, timeMs);
      case BinaryExpr binary -> binary(binary, timeMs);
      case Call call -> call(call, timeMs);
      case NumberLiteral _, StringLiteral _, MatrixSelector _, SubqueryExpr _ ->
          throw unsupported(expr.getClass().getSimpleName());
    };
  }

  private Map<Labels, Double> select(VectorSelector selector, long timeMs) {
    Map<Labels, Double> result = new TreeMap<>();
    newest(selector.matchers(), time(selector.modifiers(), timeMs))
        .forEach((labels, point) -> result.put(labels, point.value()));
    return result;
  }

  /// The newest samples that are not older than the look-back and no stale markers.
  private Map<Labels, Point> newest(List<LabelMatcher> matchers, long at) {
    Map<Labels, Point> result = new TreeMap<>();
    matching(matchers)
        .forEach(
            (labels, points) -> {
              Optional<Point> newest =
                  points.stream()
                      .filter(p -> p.timestampMs() > at - LOOKBACK_MS && p.timestampMs() <= at)
                      .reduce((a, b) -> b);
              if (newest.isPresent() && !newest.get().isStale()) {
                result.put(labels, newest.get());
              }
            });
    return result;
  }

  private Map<Labels, Double> call(Call call, long timeMs) {
    String name = call.function().name();
    List<Expr> args = call.args();
    int matrix = matrixArgument(args);
    if (matrix >= 0) {
      return overRange(call, args.get(matrix), timeMs);
    }
    return switch (name) {
      case "vector" -> Map.of(Labels.EMPTY, scalar(args.get(0), timeMs));
      case "abs" -> mapValues(vector(args.get(0), timeMs), Math::abs);
      case "ceil" -> mapValues(vector(args.get(0), timeMs), Math::ceil);
      case "floor" -> mapValues(vector(args.get(0), timeMs), Math::floor);
      case "sqrt" -> mapValues(vector(args.get(0), timeMs), Math::sqrt);
      case "exp" -> mapValues(vector(args.get(0), timeMs), Math::exp);
      case "ln" -> mapValues(vector(args.get(0), timeMs), Math::log);
      case "log2" -> mapValues(vector(args.get(0), timeMs), v -> Math.log(v) / Math.log(2));
      case "log10" -> mapValues(vector(args.get(0), timeMs), Math::log10);
      case "sgn" -> mapValues(vector(args.get(0), timeMs), v -> v > 0 ? 1 : v < 0 ? -1 : v);
      case "round" -> {
        double to = args.size() > 1 ? scalar(args.get(1), timeMs) : 1;
        yield mapValues(
            vector(args.get(0), timeMs), v -> Math.floor(v * (1 / to) + 0.5) / (1 / to));
      }
      case "clamp" -> {
        double min = scalar(args.get(1), timeMs);
        double max = scalar(args.get(2), timeMs);
        Map<Labels, Double> vector = vector(args.get(0), timeMs);
        yield max < min ? Map.of() : mapValues(vector, v -> Math.max(min, Math.min(max, v)));
      }
      case "clamp_min" -> {
        double min = scalar(args.get(1), timeMs);
        yield mapValues(vector(args.get(0), timeMs), v -> Math.max(min, v));
      }
      case "clamp_max" -> {
        double max = scalar(args.get(1), timeMs);
        yield mapValues(vector(args.get(0), timeMs), v -> Math.min(max, v));
      }
      case "absent" -> {
        Expr arg = strip(args.get(0));
        Labels labels =
            arg instanceof VectorSelector selector
                ? LabelFunctions.ofAbsent(selector.matchers())
                : Labels.EMPTY;
        yield vector(arg, timeMs).isEmpty() ? Map.of(labels, 1.0) : Map.of();
      }
      case "label_replace" -> LabelFunctions.replace(vector(args.get(0), timeMs), texts(call));
      case "label_join" -> LabelFunctions.join(vector(args.get(0), timeMs), texts(call));
      case "info" -> info(call, timeMs);
      // The order of series is not what is looked at here.
      case "sort", "sort_desc", "sort_by_label", "sort_by_label_desc" ->
          vector(args.get(0), timeMs);
      case "minute" -> date(call, timeMs, ZonedDateTime::getMinute);
      case "hour" -> date(call, timeMs, ZonedDateTime::getHour);
      case "day_of_week" -> date(call, timeMs, d -> d.getDayOfWeek().getValue() % 7);
      case "day_of_month" -> date(call, timeMs, ZonedDateTime::getDayOfMonth);
      case "day_of_year" -> date(call, timeMs, ZonedDateTime::getDayOfYear);
      case "days_in_month" -> date(call, timeMs, d -> d.toLocalDate().lengthOfMonth());
      case "month" -> date(call, timeMs, ZonedDateTime::getMonthValue);
      case "year" -> date(call, timeMs, ZonedDateTime::getYear);
      case "deg" -> mapValues(vector(args.get(0), timeMs), v -> v * 180 / Math.PI);
      case "rad" -> mapValues(vector(args.get(0), timeMs), v -> v * Math.PI / 180);
      case "sin" -> mapValues(vector(args.get(0), timeMs), Math::sin);
      case "cos" -> mapValues(vector(args.get(0), timeMs), Math::cos);
      case "atan" -> mapValues(vector(args.get(0), timeMs), Math::atan);
      case "tanh" -> mapValues(vector(args.get(0), timeMs), Math::tanh);
      case "histogram_quantile" ->
          histogramQuantile(scalar(args.get(0), timeMs), vector(args.get(1), timeMs));
      default -> throw unsupported(name);
    };
  }

  private Map<Labels, Double> overRange(Call call, Expr range, long timeMs) {
    String function = call.function().name();
    boolean isAbsent = function.equals("absent_over_time");
    if (!isAbsent && !RangeFunctions.knows(function)) {
      throw unsupported(function);
    }
    List<Double> parameters =
        call.args().stream()
            .filter(arg -> arg.type() == ValueType.SCALAR)
            .map(arg -> scalar(arg, timeMs))
            .toList();
    Window window = window(strip(range), timeMs);
    if (isAbsent) {
      Labels labels =
          strip(range) instanceof MatrixSelector matrix
              ? LabelFunctions.ofAbsent(matrix.vector().matchers())
              : Labels.EMPTY;
      boolean isEmpty = window.points.values().stream().allMatch(List::isEmpty);
      return isEmpty ? Map.of(labels, 1.0) : Map.of();
    }
    boolean keepsName = function.equals("last_over_time") || function.equals("first_over_time");
    Map<Labels, Double> result = new TreeMap<>();
    window.points.forEach(
        (labels, points) ->
            RangeFunctions.evaluate(
                    function, parameters, points, window.startMs, window.endMs, timeMs)
                .ifPresent(v -> putNew(result, keepsName ? labels : withoutName(labels), v)));
    return result;
  }

  /// The samples of a range, later than its start and not later than its end.
  private record Window(Map<Labels, List<Point>> points, long startMs, long endMs) {}

  private Window window(Expr range, long timeMs) {
    if (range instanceof SubqueryExpr subquery) {
      return window(subquery, timeMs);
    }
    MatrixSelector matrix = (MatrixSelector) range;
    if (matrix.rangeExpr() != null) {
      throw unsupported("duration expressions");
    }
    if (matrix.vector().edges() != VectorSelector.Edges.PLAIN) {
      throw unsupported("edges of ranges");
    }
    long end = time(matrix.vector().modifiers(), timeMs);
    long start = end - matrix.range().toMillis();
    Map<Labels, List<Point>> points = new TreeMap<>();
    matching(matrix.vector().matchers())
        .forEach(
            (labels, all) ->
                points.put(
                    labels,
                    all.stream()
                        .filter(
                            p -> p.timestampMs() > start && p.timestampMs() <= end && !p.isStale())
                        .toList()));
    return new Window(points, start, end);
  }

  private Window window(SubqueryExpr subquery, long timeMs) {
    if (subquery.rangeExpr() != null || subquery.stepExpr() != null) {
      throw unsupported("duration expressions");
    }
    long stepMs = subquery.step().isZero() ? DEFAULT_STEP_MS : subquery.step().toMillis();
    long end = time(subquery.modifiers(), timeMs);
    long start = end - subquery.range().toMillis();
    Map<Labels, List<Point>> points = new TreeMap<>();
    for (long at = (Math.floorDiv(start, stepMs) + 1) * stepMs; at <= end; at += stepMs) {
      long stepTimeMs = at;
      evaluate(subquery.expr(), at)
          .forEach(
              (labels, value) ->
                  points
                      .computeIfAbsent(labels, unused -> new ArrayList<>())
                      .add(new Point(stepTimeMs, value)));
    }
    return new Window(points, start, end);
  }

  private Map<Labels, Double> info(Call call, long timeMs) {
    if (!(strip(call.args().get(0)) instanceof VectorSelector selector)) {
      throw unsupported("info of anything but a selector");
    }
    List<LabelMatcher> names = new ArrayList<>();
    List<LabelMatcher> data = new ArrayList<>();
    if (call.args().size() > 1) {
      for (LabelMatcher matcher : ((VectorSelector) call.args().get(1)).matchers()) {
        (matcher.name().equals(Labels.METRIC_NAME) ? names : data).add(matcher);
      }
    }
    if (names.isEmpty()) {
      names.add(LabelMatcher.of(LabelMatcher.Type.EQUAL, Labels.METRIC_NAME, "target_info"));
    }
    List<LabelMatcher> all = new ArrayList<>(names);
    all.addAll(data);
    Map<Labels, Double> infos = new TreeMap<>();
    newest(all, time(selector.modifiers(), timeMs))
        .forEach((labels, point) -> infos.put(labels, (double) point.timestampMs()));
    return LabelFunctions.info(vector(selector, timeMs), infos, names, data);
  }

  private Map<Labels, Double> date(Call call, long timeMs, ToDoubleFunction<ZonedDateTime> part) {
    if (call.args().isEmpty()) {
      return Map.of(Labels.EMPTY, part.applyAsDouble(date(timeMs / 1000.0)));
    }
    return mapValues(vector(call.args().get(0), timeMs), value -> part.applyAsDouble(date(value)));
  }

  private static ZonedDateTime date(double seconds) {
    if (!(Math.abs(seconds) < 1e12)) {
      throw unsupported("dates in a far future or past");
    }
    return Instant.ofEpochSecond((long) seconds).atZone(ZoneOffset.UTC);
  }

  private static List<String> texts(Call call) {
    return call.args().stream()
        .filter(arg -> arg.type() == ValueType.STRING)
        .map(NaiveEvaluator::text)
        .toList();
  }

  private static String text(Expr expr) {
    return ((StringLiteral) strip(expr)).value();
  }

  private Map<Labels, Double> aggregate(AggregateExpr aggregate, long timeMs) {
    Map<Labels, Double> vector = vector(aggregate.expr(), timeMs);
    Expr param = aggregate.param();
    if (aggregate.op() == AggregateOp.COUNT_VALUES) {
      return Aggregations.countValues(aggregate, vector, text(Objects.requireNonNull(param)));
    }
    double parameter = param == null ? Double.NaN : scalar(param, timeMs);
    return Aggregations.evaluate(aggregate, vector, parameter);
  }

  private Map<Labels, Double> binary(BinaryExpr binary, long timeMs) {
    BinaryOp op = binary.op();
    boolean isLeftScalar = binary.lhs().type() == ValueType.SCALAR;
    boolean isRightScalar = binary.rhs().type() == ValueType.SCALAR;
    Map<Labels, Double> result = new TreeMap<>();
    if (isLeftScalar || isRightScalar) {
      double fixed = scalar(isLeftScalar ? binary.lhs() : binary.rhs(), timeMs);
      vector(isLeftScalar ? binary.rhs() : binary.lhs(), timeMs)
          .forEach(
              (labels, value) -> {
                double left = isLeftScalar ? fixed : value;
                double right = isLeftScalar ? value : fixed;
                combine(binary, left, right, value)
                    .ifPresent(
                        v -> putNew(result, keepsName(binary) ? labels : withoutName(labels), v));
              });
      return result;
    }
    VectorMatching matching = Objects.requireNonNull(binary.matching());
    Map<Labels, Double> left = vector(binary.lhs(), timeMs);
    Map<Labels, Double> right = vector(binary.rhs(), timeMs);
    return op.isSet()
        ? Matching.set(op, matching, left, right)
        : Matching.combine(binary, matching, left, right, (l, r) -> combine(binary, l, r, l));
  }

  private static Optional<Double> combine(
      BinaryExpr binary, double left, double right, double vectorValue) {
    if (!binary.op().isComparison()) {
      return Optional.of(arithmetic(binary.op()).applyAsDouble(left, right));
    }
    boolean holds = holds(binary.op(), left, right);
    if (binary.returnBool()) {
      return Optional.of(holds ? 1.0 : 0.0);
    }
    return holds ? Optional.of(vectorValue) : Optional.empty();
  }

  private Map<Labels, Double> histogramQuantile(double q, Map<Labels, Double> buckets) {
    Map<Labels, TreeMap<Double, Double>> groups = new TreeMap<>();
    buckets.forEach(
        (labels, count) -> {
          String bound = labels.get("le");
          if (bound == null) {
            return;
          }
          double upper;
          try {
            upper = bound.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(bound);
          } catch (NumberFormatException e) {
            return;
          }
          groups
              .computeIfAbsent(group(labels, List.of("le"), true), unused -> new TreeMap<>())
              .merge(upper, count, Double::sum);
        });
    Map<Labels, Double> result = new TreeMap<>();
    groups.forEach((labels, group) -> result.put(labels, bucketQuantile(q, group)));
    return result;
  }

  private static double bucketQuantile(double q, TreeMap<Double, Double> buckets) {
    if (Double.isNaN(q)) {
      return Double.NaN;
    }
    if (q < 0 || q > 1) {
      return q < 0 ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    if (buckets.lastKey() != Double.POSITIVE_INFINITY || buckets.size() < 2) {
      return Double.NaN;
    }
    List<Double> bounds = new ArrayList<>(buckets.keySet());
    List<Double> counts = new ArrayList<>();
    double highest = Double.NEGATIVE_INFINITY;
    for (double count : buckets.values()) {
      boolean isNearlyEqual =
          !counts.isEmpty()
              && Math.abs(count - highest) < 1e-12 * (Math.abs(count) + Math.abs(highest));
      highest = isNearlyEqual ? highest : Math.max(highest, count);
      counts.add(highest);
    }
    double total = counts.get(counts.size() - 1);
    if (total == 0) {
      return Double.NaN;
    }
    double rank = q * total;
    int bucket = 0;
    while (bucket < counts.size() - 1 && counts.get(bucket) < rank) {
      bucket++;
    }
    if (bucket == counts.size() - 1) {
      return bounds.get(counts.size() - 2);
    }
    if (bucket == 0 && bounds.get(0) <= 0) {
      return bounds.get(0);
    }
    double lower = bucket == 0 ? 0 : bounds.get(bucket - 1);
    double before = bucket == 0 ? 0 : counts.get(bucket - 1);
    return lower + (bounds.get(bucket) - lower) * ((rank - before) / (counts.get(bucket) - before));
  }

  private Map<Labels, List<Point>> matching(List<LabelMatcher> matchers) {
    Map<Labels, List<Point>> found = new TreeMap<>();
    series.forEach(
        (labels, points) -> {
          for (LabelMatcher matcher : matchers) {
            String value = labels.get(matcher.name());
            if (!matcher.matches(value == null ? "" : value)) {
              return;
            }
          }
          found.put(labels, points);
        });
    return found;
  }

  private long time(TimeModifiers modifiers, long timeMs) {
    if (modifiers.originalOffsetExpr() != null) {
      throw unsupported("duration expressions");
    }
    long at = timeMs;
    if (modifiers.timestampMs() != null) {
      at = modifiers.timestampMs();
    } else if (modifiers.boundary() != null) {
      at = modifiers.boundary() == TimeModifiers.Boundary.START ? startMs : endMs;
    }
    return at - modifiers.originalOffset().toMillis();
  }

  private static boolean keepsName(BinaryExpr binary) {
    return binary.op().isComparison() && !binary.returnBool();
  }

  /// What is left of labels: only the names given, or all but those and the metric name.
  static Labels group(Labels labels, List<String> names, boolean without) {
    Map<String, String> kept = labels.toMap();
    kept.keySet()
        .removeIf(
            name ->
                without
                    ? names.contains(name) || name.equals(Labels.METRIC_NAME)
                    : !names.contains(name));
    return Labels.of(kept);
  }

  private static Labels withoutName(Labels labels) {
    return group(labels, List.of(), true);
  }

  private static Map<Labels, Double> mapValues(
      Map<Labels, Double> vector, java.util.function.DoubleUnaryOperator function) {
    Map<Labels, Double> result = new TreeMap<>();
    vector.forEach(
        (labels, value) -> putNew(result, withoutName(labels), function.applyAsDouble(value)));
    return result;
  }

  static void putNew(Map<Labels, Double> target, Labels labels, double value) {
    if (target.put(labels, value) != null) {
      throw new IllegalArgumentException("vector cannot contain metrics with the same labelset");
    }
  }

  private static int matrixArgument(List<Expr> args) {
    for (int i = 0; i < args.size(); i++) {
      if (args.get(i).type() == ValueType.MATRIX) {
        return i;
      }
    }
    return -1;
  }

  private static Expr strip(Expr expr) {
    Expr inner = expr;
    while (inner instanceof ParenExpr paren) {
      inner = paren.expr();
    }
    return inner;
  }

  private static DoubleBinaryOperator arithmetic(BinaryOp op) {
    return switch (op) {
      case ADD -> Double::sum;
      case SUB -> (a, b) -> a - b;
      case MUL -> (a, b) -> a * b;
      case DIV -> (a, b) -> a / b;
      case MOD -> (a, b) -> a % b;
      case POW -> Math::pow;
      case ATAN2 -> Math::atan2;
      default -> throw unsupported(op.symbol());
    };
  }

  private static boolean holds(BinaryOp op, double left, double right) {
    return switch (op) {
      case EQL -> left == right;
      case NEQ -> left != right;
      case LSS -> left < right;
      case LTE -> left <= right;
      case GTR -> left > right;
      case GTE -> left >= right;
      default -> throw unsupported(op.symbol());
    };
  }

  private static UnsupportedOperationException unsupported(String what) {
    return new UnsupportedOperationException("the naive evaluator does not know " + what);
  }
}
