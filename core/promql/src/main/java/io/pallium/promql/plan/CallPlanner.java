package io.pallium.promql.plan;

import io.pallium.promql.ast.Call;
import io.pallium.promql.ast.Expr;
import io.pallium.promql.ast.PositionRange;
import io.pallium.promql.ast.SubqueryExpr;
import io.pallium.promql.ast.ValueType;
import io.pallium.promql.ast.VectorSelector;
import java.util.ArrayList;
import java.util.List;

/// Plans function calls.
final class CallPlanner {
  private final Planner planner;

  CallPlanner(Planner planner) {
    this.planner = planner;
  }

  /// The plan of a call that gives a scalar.
  ScalarPlan scalar(Call call, boolean isFrozen) {
    List<Expr> args = call.args();
    return switch (call.function().name()) {
      case "time" -> new ScalarPlan.Time();
      case "pi" -> new ScalarPlan.Constant(Math.PI);
      case "scalar" -> new ScalarPlan.OfVector(planner.vector(args.get(0), isFrozen));
      case "start" -> new ScalarPlan.Constant(planner.startMs() / 1000.0);
      case "end" -> new ScalarPlan.Constant(planner.endMs() / 1000.0);
      case "range" -> new ScalarPlan.Constant((planner.endMs() - planner.startMs()) / 1000.0);
      case "step" ->
          new ScalarPlan.Constant(
              planner.startMs() == planner.endMs() ? 0 : planner.stepMs() / 1000.0);
      case "max_of", "min_of" ->
          new ScalarPlan.Extreme(
              call.function().name().equals("max_of"),
              planner.scalar(args.get(0), isFrozen),
              planner.scalar(args.get(1), isFrozen));
      default -> throw Planner.unsupported("function", call.function().name());
    };
  }

  /// The plan of a call that gives an instant vector.
  VectorPlan vector(Call call, boolean isFrozen) {
    String name = call.function().name();
    List<Expr> args = call.args();
    RangeFunction range = RangeFunction.named(name);
    if (range != null) {
      return overRange(range, call, isFrozen);
    }
    PointFunction point = PointFunction.named(name);
    if (point != null) {
      VectorPlan child = planner.vector(args.get(0), isFrozen);
      List<ScalarPlan> scalars = new ArrayList<>();
      for (Expr arg : args.subList(1, args.size())) {
        scalars.add(planner.scalar(arg, isFrozen));
      }
      return Planner.merged(new VectorPlan.Map(point, child, scalars), child);
    }
    return switch (name) {
      case "vector" -> new VectorPlan.OfScalar(planner.scalar(args.get(0), isFrozen));
      case "timestamp" -> timestamp(Planner.unwrap(args.get(0)), isFrozen);
      case "histogram_quantile" -> {
        ScalarPlan quantile = planner.scalar(args.get(0), isFrozen);
        VectorPlan child = planner.vector(args.get(1), isFrozen);
        yield Planner.merged(
            new VectorPlan.BucketQuantile(
                quantile,
                child,
                planner.site(Planner.unwrap(args.get(0))),
                planner.site(Planner.unwrap(args.get(1)))),
            child);
      }
      default -> throw Planner.unsupported("function", name);
    };
  }

  private VectorPlan timestamp(Expr arg, boolean isFrozen) {
    if (arg instanceof VectorSelector selector) {
      VectorPlan select = new VectorPlan.Select(planner.selector(selector), true);
      return Planner.merged(select, select);
    }
    VectorPlan child = planner.vector(arg, isFrozen);
    return Planner.merged(new VectorPlan.Timestamps(child), child);
  }

  private VectorPlan overRange(RangeFunction function, Call call, boolean isFrozen) {
    List<ScalarPlan> scalars = new ArrayList<>();
    RangeSource source = null;
    for (Expr arg : call.args()) {
      if (arg.type() == ValueType.MATRIX) {
        source = planner.source(Planner.unwrap(arg));
      } else {
        scalars.add(planner.scalar(arg, isFrozen));
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
    Expr first = Planner.unwrap(call.args().get(0));
    // Intended: Prometheus loses the position of a sub-query by then, and names the query's start.
    return first instanceof SubqueryExpr
        ? planner.site(new PositionRange(0, 0))
        : planner.site(first);
  }
}
