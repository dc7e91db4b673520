package io.pallium.promql.plan;

import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.promql.ast.AggregateExpr;
import io.pallium.promql.ast.BinaryExpr;
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
import io.pallium.promql.ast.VectorSelector;
import java.util.List;
import java.util.Set;
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
  private final CallPlanner calls = new CallPlanner(this);
  private final AggregationPlanner aggregations = new AggregationPlanner(this);
  private final BinaryPlanner binaries = new BinaryPlanner(this);
  private Set<VectorSelector> totalsOnly = Set.of();
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
    totalsOnly = TotalsOnly.selectors(expr);
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

  /// The plan of an instant vector.
  ///
  /// @param isFrozen whether a plan around it is evaluated only once
  VectorPlan vector(Expr wrapped, boolean isFrozen) {
    Expr expr = unwrap(wrapped);
    if (!isFrozen && invariance.isInvariant(expr) && invariance.isWorthFreezing(expr)) {
      return new VectorPlan.StepInvariant(vector(expr, true));
    }
    return switch (expr) {
      case VectorSelector selector ->
          selector.edges() == VectorSelector.Edges.SMOOTHED
              ? new VectorPlan.Smoothed(selector(selector), site(selector))
              : new VectorPlan.Select(selector(selector), false);
      case AggregateExpr aggregate -> aggregations.plan(aggregate, isFrozen);
      case BinaryExpr binary -> binaries.plan(binary, isFrozen);
      case UnaryExpr unary -> {
        VectorPlan child = vector(unary.expr(), isFrozen);
        yield unary.op() == UnaryOp.PLUS
            ? child
            : merged(new VectorPlan.Map(PointFunction.NEGATE, child, List.of()), child);
      }
      case Call call -> calls.vector(call, isFrozen);
      case MatrixSelector _, SubqueryExpr _, NumberLiteral _, StringLiteral _, ParenExpr _ ->
          throw new AssertionError("BUG: not an instant vector: " + expr.type());
    };
  }

  /// The plan of a scalar.
  ///
  /// @param isFrozen whether a plan around it is evaluated only once
  ScalarPlan scalar(Expr wrapped, boolean isFrozen) {
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
          case Call call -> calls.scalar(call, isFrozen || freezes);
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

  /// The samples of a range.
  RangeSource source(Expr expr) {
    if (expr instanceof MatrixSelector matrix) {
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

  /// A plan that drops names, made so that series which become equal by that are merged.
  ///
  /// @param child what it drops the names of
  static VectorPlan merged(VectorPlan plan, VectorPlan child) {
    return child.isDistinctWithoutName() ? plan : new VectorPlan.Merge(plan);
  }

  /// The series of a selector and the time that it looks at.
  Selector selector(VectorSelector selector) {
    String name = null;
    for (LabelMatcher matcher : selector.matchers()) {
      boolean isEqual = matcher.type() == LabelMatcher.Type.EQUAL && !matcher.value().isEmpty();
      if (isEqual && matcher.name().equals(Labels.METRIC_NAME)) {
        name = matcher.value();
      }
    }
    return new Selector(
        selector.matchers(),
        name,
        shift(selector.modifiers()),
        selector.edges(),
        totalsOnly.contains(selector));
  }

  /// The time that a selector or a sub-query looks at.
  TimeShift shift(TimeModifiers modifiers) {
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

  /// The place of an expression, next in the order of evaluation.
  Site site(Expr expr) {
    return site(expr.position());
  }

  /// A place, next in the order of evaluation.
  Site site(PositionRange position) {
    return new Site(rank++, position);
  }

  /// The first step in milliseconds.
  long startMs() {
    return startMs;
  }

  /// The last step in milliseconds.
  long endMs() {
    return endMs;
  }

  /// The distance of the steps in milliseconds.
  long stepMs() {
    return stepMs;
  }
}
