package io.pallium.testkit.naive;

import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.promql.ast.AggregateExpr;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.DoubleBinaryOperator;

/// Evaluates PromQL over floats one step at a time, straight from the language's definition, with
/// no regard for speed. It shares with the engine the syntax tree and nothing else.
///
/// Sums are exact and rounded once, so that results agree with the engine's to within rounding and
/// not to the bit.
public final class NaiveEvaluator {
  private static final long LOOKBACK_MS = 300_000;

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
    long at = time(selector.modifiers(), timeMs);
    Map<Labels, Double> result = new TreeMap<>();
    matching(selector)
        .forEach(
            (labels, points) -> {
              Optional<Point> newest =
                  points.stream()
                      .filter(p -> p.timestampMs() > at - LOOKBACK_MS && p.timestampMs() <= at)
                      .reduce((a, b) -> b);
              if (newest.isPresent() && !newest.get().isStale()) {
                result.put(labels, newest.get().value());
              }
            });
    return result;
  }

  private Map<Labels, Double> call(Call call, long timeMs) {
    String name = call.function().name();
    List<Expr> args = call.args();
    int matrix = matrixArgument(args);
    if (matrix >= 0) {
      double parameter = matrix > 0 ? scalar(args.get(0), timeMs) : Double.NaN;
      if (!(strip(args.get(matrix)) instanceof MatrixSelector selector)) {
        throw unsupported("subqueries");
      }
      return overRange(name, parameter, selector, timeMs);
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
      case "sgn" -> mapValues(vector(args.get(0), timeMs), Math::signum);
      case "round" -> {
        double to = args.size() > 1 ? scalar(args.get(1), timeMs) : 1;
        yield mapValues(
            vector(args.get(0), timeMs), v -> Math.floor(v * (1 / to) + 0.5) / (1 / to));
      }
      case "clamp" -> {
        double min = scalar(args.get(1), timeMs);
        double max = scalar(args.get(2), timeMs);
        yield max < min
            ? Map.of()
            : mapValues(vector(args.get(0), timeMs), v -> Math.max(min, Math.min(max, v)));
      }
      case "clamp_min" -> {
        double min = scalar(args.get(1), timeMs);
        yield mapValues(vector(args.get(0), timeMs), v -> Math.max(min, v));
      }
      case "clamp_max" -> {
        double max = scalar(args.get(1), timeMs);
        yield mapValues(vector(args.get(0), timeMs), v -> Math.min(max, v));
      }
      case "histogram_quantile" ->
          histogramQuantile(scalar(args.get(0), timeMs), vector(args.get(1), timeMs));
      default -> throw unsupported(name);
    };
  }

  private Map<Labels, Double> overRange(
      String function, double parameter, MatrixSelector matrix, long timeMs) {
    if (!RangeFunctions.knows(function)) {
      throw unsupported(function);
    }
    if (matrix.rangeExpr() != null) {
      throw unsupported("duration expressions");
    }
    long end = time(matrix.vector().modifiers(), timeMs);
    long start = end - matrix.range().toMillis();
    boolean keepsName = function.equals("last_over_time");
    Map<Labels, Double> result = new TreeMap<>();
    matching(matrix.vector())
        .forEach(
            (labels, points) -> {
              List<Point> inRange =
                  points.stream()
                      .filter(
                          p -> p.timestampMs() > start && p.timestampMs() <= end && !p.isStale())
                      .toList();
              RangeFunctions.evaluate(function, parameter, inRange, start, end)
                  .ifPresent(v -> putNew(result, keepsName ? labels : withoutName(labels), v));
            });
    return result;
  }

  private Map<Labels, Double> aggregate(AggregateExpr aggregate, long timeMs) {
    Map<Labels, List<Double>> groups = new TreeMap<>();
    vector(aggregate.expr(), timeMs)
        .forEach(
            (labels, value) ->
                groups
                    .computeIfAbsent(
                        group(labels, aggregate.grouping(), aggregate.without()),
                        unused -> new ArrayList<>())
                    .add(value));
    Map<Labels, Double> result = new TreeMap<>();
    groups.forEach(
        (labels, values) ->
            result.put(
                labels,
                switch (aggregate.op()) {
                  case SUM -> RangeFunctions.sum(values);
                  case AVG -> RangeFunctions.mean(values);
                  case MIN -> RangeFunctions.extreme(values, -1);
                  case MAX -> RangeFunctions.extreme(values, 1);
                  case COUNT -> (double) values.size();
                  case GROUP -> 1.0;
                  default -> throw unsupported(aggregate.op().text());
                }));
    return result;
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
    VectorMatching matching = binary.matching();
    if (matching == null
        || op.isSet()
        || matching.cardinality() != VectorMatching.Cardinality.ONE_TO_ONE) {
      throw unsupported(op.symbol());
    }
    Map<Labels, Double> right = new HashMap<>();
    vector(binary.rhs(), timeMs)
        .forEach((labels, value) -> putNew(right, signature(labels, matching), value));
    Map<Labels, Labels> seen = new HashMap<>();
    vector(binary.lhs(), timeMs)
        .forEach(
            (labels, value) -> {
              Labels signature = signature(labels, matching);
              Double other = right.get(signature);
              if (other == null) {
                return;
              }
              combine(binary, value, other, value)
                  .ifPresent(
                      v -> {
                        if (seen.put(signature, labels) != null) {
                          throw new IllegalArgumentException("many-to-one matching");
                        }
                        Labels kept = keepsName(binary) ? labels : withoutName(labels);
                        putNew(
                            result,
                            matching.on()
                                ? group(kept, matching.labels(), false)
                                : group2(kept, matching.labels(), keepsName(binary)),
                            v);
                      });
            });
    return result;
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

  private Map<Labels, List<Point>> matching(VectorSelector selector) {
    Map<Labels, List<Point>> found = new TreeMap<>();
    series.forEach(
        (labels, points) -> {
          for (LabelMatcher matcher : selector.matchers()) {
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

  private static Labels signature(Labels labels, VectorMatching matching) {
    return matching.on()
        ? group(labels, matching.labels(), false)
        : group(labels, matching.labels(), true);
  }

  /// What is left of labels: only the names given, or all but those and the metric name.
  private static Labels group(Labels labels, List<String> names, boolean without) {
    Map<String, String> kept = labels.toMap();
    kept.keySet()
        .removeIf(
            name ->
                without
                    ? names.contains(name) || name.equals(Labels.METRIC_NAME)
                    : !names.contains(name));
    return Labels.of(kept);
  }

  private static Labels group2(Labels labels, List<String> ignored, boolean keepsName) {
    Map<String, String> kept = labels.toMap();
    kept.keySet().removeIf(ignored::contains);
    if (!keepsName) {
      kept.remove(Labels.METRIC_NAME);
    }
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

  private static void putNew(Map<Labels, Double> target, Labels labels, double value) {
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
