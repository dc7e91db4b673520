package io.pallium.promql.plan;

import io.pallium.base.QueryFailedException;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.promql.ast.AggregateExpr;
import io.pallium.promql.ast.BinaryExpr;
import io.pallium.promql.ast.BinaryOp;
import io.pallium.promql.ast.Call;
import io.pallium.promql.ast.DurationExpressions;
import io.pallium.promql.ast.Expr;
import io.pallium.promql.ast.MatrixSelector;
import io.pallium.promql.ast.NumberLiteral;
import io.pallium.promql.ast.ParenExpr;
import io.pallium.promql.ast.PositionRange;
import io.pallium.promql.ast.StringLiteral;
import io.pallium.promql.ast.SubqueryExpr;
import io.pallium.promql.ast.TimeModifiers;
import io.pallium.promql.ast.UnaryExpr;
import io.pallium.promql.ast.UnaryOp;
import io.pallium.promql.ast.ValueType;
import io.pallium.promql.ast.VectorMatching;
import io.pallium.promql.ast.VectorSelector;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Turns a type-checked expression into a plan: resolves `@`, offsets and duration expressions,
/// folds constants, finds what is the same at all steps, and refuses what cannot be evaluated.
/// Confined to one thread, for one query.
public final class Planner {
  private final long startMs;
  private final long endMs;
  private final long stepMs;
  private final long defaultSubqueryStepMs;
  private final Invariance invariance = new Invariance();
  private int rank;

  /// @param startMs the first step
  /// @param endMs the last step; `startMs` for an instant query
  /// @param stepMs the distance of the steps; 0 for an instant query
  /// @param defaultSubqueryStepMs the step of sub-queries that do not give one
  public Planner(long startMs, long endMs, long stepMs, long defaultSubqueryStepMs) {
    this.startMs = startMs;
    this.endMs = endMs;
    this.stepMs = stepMs;
    this.defaultSubqueryStepMs = defaultSubqueryStepMs;
  }

  /// The plan of a whole query.
  ///
  /// @throws QueryFailedException if it contains something that is not supported, with its name
  public Plan plan(Expr query) {
    Expr expr = unwrap(DurationExpressions.resolve(query, startMs, endMs, stepMs));
    return switch (expr.type()) {
      case STRING -> new Plan.Text(((StringLiteral) expr).value());
      case SCALAR -> scalar(expr, false);
      case VECTOR -> vector(expr, false);
      case MATRIX -> new Plan.Raw(source(expr));
      case NONE -> throw new AssertionError("BUG: expression without a type");
    };
  }

  static Expr unwrap(Expr expr) {
    Expr inner = expr;
    while (inner instanceof ParenExpr paren) {
      inner = paren.expr();
    }
    return inner;
  }

  private VectorPlan vector(Expr wrapped, boolean isFrozen) {
    Expr expr = unwrap(wrapped);
    if (!isFrozen && invariance.isInvariant(expr) && invariance.isWorthFreezing(expr)) {
      return new VectorPlan.StepInvariant(vector(expr, true));
    }
    return switch (expr) {
      case VectorSelector selector -> new VectorPlan.Select(selector(selector), false);
      case AggregateExpr aggregate -> aggregate(aggregate, isFrozen);
      case BinaryExpr binary -> binary(binary, isFrozen);
      case UnaryExpr unary -> {
        VectorPlan child = vector(unary.expr(), isFrozen);
        yield unary.op() == UnaryOp.PLUS
            ? child
            : merged(new VectorPlan.Map(PointFunction.NEGATE, child, List.of()), child);
      }
      case Call call -> call(call, isFrozen);
      case MatrixSelector _, SubqueryExpr _, NumberLiteral _, StringLiteral _, ParenExpr _ ->
          throw new AssertionError("BUG: not an instant vector: " + expr.type());
    };
  }

  private ScalarPlan scalar(Expr wrapped, boolean isFrozen) {
    Expr expr = unwrap(wrapped);
    boolean freezes = !isFrozen && invariance.isInvariant(expr) && invariance.isWorthFreezing(expr);
    ScalarPlan plan =
        switch (expr) {
          case NumberLiteral number -> new ScalarPlan.Constant(number.value());
          case UnaryExpr unary -> {
            ScalarPlan child = scalar(unary.expr(), isFrozen || freezes);
            yield unary.op() == UnaryOp.PLUS ? child : new ScalarPlan.Negated(child);
          }
          case BinaryExpr binary ->
              new ScalarPlan.Binary(
                  binary.op(),
                  scalar(binary.lhs(), isFrozen || freezes),
                  scalar(binary.rhs(), isFrozen || freezes));
          case Call call -> scalarCall(call, isFrozen || freezes);
          case AggregateExpr _,
              VectorSelector _,
              MatrixSelector _,
              SubqueryExpr _,
              StringLiteral _,
              ParenExpr _ ->
              throw new AssertionError("BUG: not a scalar: " + expr.type());
        };
    ScalarPlan folded = ConstantFolding.fold(plan);
    return freezes && !(folded instanceof ScalarPlan.Constant)
        ? new ScalarPlan.StepInvariant(folded)
        : folded;
  }

  private ScalarPlan scalarCall(Call call, boolean isFrozen) {
    List<Expr> args = call.args();
    return switch (call.function().name()) {
      case "time" -> new ScalarPlan.Time();
      case "pi" -> new ScalarPlan.Constant(Math.PI);
      case "scalar" -> new ScalarPlan.OfVector(vector(args.get(0), isFrozen));
      case "start" -> new ScalarPlan.Constant(startMs / 1000.0);
      case "end" -> new ScalarPlan.Constant(endMs / 1000.0);
      case "range" -> new ScalarPlan.Constant((endMs - startMs) / 1000.0);
      case "step" -> new ScalarPlan.Constant(startMs == endMs ? 0 : stepMs / 1000.0);
      case "max_of", "min_of" ->
          new ScalarPlan.Extreme(
              call.function().name().equals("max_of"),
              scalar(args.get(0), isFrozen),
              scalar(args.get(1), isFrozen));
      default -> throw unsupported("function", call.function().name());
    };
  }

  private VectorPlan call(Call call, boolean isFrozen) {
    String name = call.function().name();
    List<Expr> args = call.args();
    RangeFunction range = RangeFunction.named(name);
    if (range != null) {
      return overRange(range, call, isFrozen);
    }
    PointFunction point = PointFunction.named(name);
    if (point != null) {
      VectorPlan child = vector(args.get(0), isFrozen);
      List<ScalarPlan> scalars = new ArrayList<>();
      for (Expr arg : args.subList(1, args.size())) {
        scalars.add(scalar(arg, isFrozen));
      }
      return merged(new VectorPlan.Map(point, child, scalars), child);
    }
    return switch (name) {
      case "vector" -> new VectorPlan.OfScalar(scalar(args.get(0), isFrozen));
      case "timestamp" -> timestamp(unwrap(args.get(0)), isFrozen);
      case "histogram_quantile" -> {
        ScalarPlan quantile = scalar(args.get(0), isFrozen);
        VectorPlan child = vector(args.get(1), isFrozen);
        yield merged(
            new VectorPlan.BucketQuantile(
                quantile, child, site(unwrap(args.get(0))), site(unwrap(args.get(1)))),
            child);
      }
      default -> throw unsupported("function", name);
    };
  }

  private VectorPlan timestamp(Expr arg, boolean isFrozen) {
    if (arg instanceof VectorSelector selector) {
      VectorPlan select = new VectorPlan.Select(selector(selector), true);
      return merged(select, select);
    }
    VectorPlan child = vector(arg, isFrozen);
    return merged(new VectorPlan.Timestamps(child), child);
  }

  private VectorPlan overRange(RangeFunction function, Call call, boolean isFrozen) {
    List<ScalarPlan> scalars = new ArrayList<>();
    RangeSource source = null;
    for (Expr arg : call.args()) {
      if (arg.type() == ValueType.MATRIX) {
        source = source(unwrap(arg));
      } else {
        scalars.add(scalar(arg, isFrozen));
      }
    }
    if (source == null) {
      throw new AssertionError("BUG: " + function.text() + " without a range");
    }
    VectorPlan plan = new VectorPlan.OverRange(function, source, scalars, rangeSite(call));
    boolean isDistinct = function.keepsName() || plan.isDistinctWithoutName();
    return isDistinct ? plan : new VectorPlan.Distinct(plan);
  }

  private Site rangeSite(Call call) {
    Expr first = unwrap(call.args().get(0));
    // Intended: Prometheus loses the position of a sub-query by then, and names the query's start.
    return first instanceof SubqueryExpr ? new Site(rank++, new PositionRange(0, 0)) : site(first);
  }

  private RangeSource source(Expr expr) {
    if (expr instanceof MatrixSelector matrix) {
      if (matrix.vector().edges() != VectorSelector.Edges.PLAIN) {
        throw unsupported("modifier", matrix.vector().edges().keyword());
      }
      return new RangeSource.Stored(selector(matrix.vector()), matrix.range().toMillis());
    }
    SubqueryExpr subquery = (SubqueryExpr) expr;
    long step = subquery.step().isZero() ? defaultSubqueryStepMs : subquery.step().toMillis();
    VectorPlan child = subqueryChild(unwrap(subquery.expr()));
    TimeShift shift = shift(subquery.modifiers());
    return new RangeSource.Subquery(child, shift, subquery.range().toMillis(), Math.max(1, step));
  }

  private VectorPlan subqueryChild(Expr expr) {
    return expr.type() == ValueType.SCALAR
        ? new VectorPlan.OfScalar(scalar(expr, false))
        : vector(expr, false);
  }

  private VectorPlan aggregate(AggregateExpr aggregate, boolean isFrozen) {
    VectorPlan child = vector(aggregate.expr(), isFrozen);
    return switch (aggregate.op()) {
      case SUM, AVG, MIN, MAX, COUNT, GROUP, STDDEV, STDVAR ->
          new VectorPlan.Aggregate(
              aggregate.op(),
              child,
              aggregate.grouping(),
              aggregate.without(),
              site(unwrap(aggregate.expr())));
      case BOTTOMK, TOPK, COUNT_VALUES, QUANTILE, LIMITK, LIMIT_RATIO ->
          throw unsupported("aggregation", aggregate.op().text());
    };
  }

  private VectorPlan binary(BinaryExpr binary, boolean isFrozen) {
    BinaryOp op = binary.op();
    if (op == BinaryOp.TRIM_LOWER || op == BinaryOp.TRIM_UPPER) {
      throw unsupported("operator", op.symbol());
    }
    VectorMatching matching = binary.matching();
    if (matching == null) {
      boolean isScalarLeft = binary.lhs().type() == ValueType.SCALAR;
      // In the order of the text, so that ranks follow it.
      ScalarPlan left = isScalarLeft ? scalar(binary.lhs(), isFrozen) : null;
      VectorPlan vector = vector(isScalarLeft ? binary.rhs() : binary.lhs(), isFrozen);
      ScalarPlan scalar = left == null ? scalar(binary.rhs(), isFrozen) : left;
      var plan =
          new VectorPlan.WithScalar(
              op, vector, scalar, isScalarLeft, binary.returnBool(), site(binary));
      return plan.dropsName() ? merged(plan, vector) : plan;
    }
    if (!matching.fill().isEmpty()) {
      throw unsupported("modifier", "fill");
    }
    VectorPlan lhs = vector(binary.lhs(), isFrozen);
    VectorPlan rhs = vector(binary.rhs(), isFrozen);
    if (op.isSet()) {
      return new VectorPlan.SetOperation(op, lhs, rhs, matching);
    }
    return switch (matching.cardinality()) {
      case ONE_TO_ONE -> {
        var join = new VectorPlan.Join(op, lhs, rhs, matching, binary.returnBool(), site(binary));
        // Series that differ only in what is not matched on can give one series, a part each.
        boolean keepsAll = !matching.on() && matching.labels().isEmpty();
        yield keepsAll && lhs.isDistinctWithoutName() ? join : new VectorPlan.Merge(join);
      }
      case MANY_TO_ONE -> throw unsupported("modifier", "group_left");
      case ONE_TO_MANY -> throw unsupported("modifier", "group_right");
      case MANY_TO_MANY -> throw new AssertionError("BUG: many-to-many arithmetic");
    };
  }

  private static VectorPlan merged(VectorPlan plan, VectorPlan child) {
    return child.isDistinctWithoutName() ? plan : new VectorPlan.Merge(plan);
  }

  private Selector selector(VectorSelector selector) {
    String name = null;
    for (LabelMatcher matcher : selector.matchers()) {
      boolean isEqual = matcher.type() == LabelMatcher.Type.EQUAL && !matcher.value().isEmpty();
      if (isEqual && matcher.name().equals(Labels.METRIC_NAME)) {
        name = matcher.value();
      }
    }
    if (selector.edges() == VectorSelector.Edges.SMOOTHED) {
      throw unsupported("modifier", "smoothed");
    }
    return new Selector(selector.matchers(), name, shift(selector.modifiers()));
  }

  private TimeShift shift(TimeModifiers modifiers) {
    return new TimeShift(modifiers.originalOffset().toMillis(), at(modifiers));
  }

  private @Nullable Long at(TimeModifiers modifiers) {
    TimeModifiers.Boundary boundary = modifiers.boundary();
    if (boundary == null) {
      return modifiers.timestampMs();
    }
    return switch (boundary) {
      case START -> startMs;
      case END -> endMs;
    };
  }

  private Site site(Expr expr) {
    return new Site(rank++, expr.position());
  }

  private static QueryFailedException unsupported(String what, String name) {
    return new QueryFailedException(what + " \"" + name + "\" is not supported yet");
  }
}
