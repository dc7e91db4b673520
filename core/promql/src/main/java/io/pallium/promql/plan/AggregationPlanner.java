package io.pallium.promql.plan;

import io.pallium.promql.ast.AggregateExpr;

/// Plans aggregations.
final class AggregationPlanner {
  private final Planner planner;

  AggregationPlanner(Planner planner) {
    this.planner = planner;
  }

  /// The plan of an aggregation.
  VectorPlan plan(AggregateExpr aggregate, boolean isFrozen) {
    VectorPlan child = planner.vector(aggregate.expr(), isFrozen);
    return switch (aggregate.op()) {
      case SUM, AVG, MIN, MAX, COUNT, GROUP, STDDEV, STDVAR ->
          new VectorPlan.Aggregate(
              aggregate.op(),
              child,
              aggregate.grouping(),
              aggregate.without(),
              planner.site(Planner.unwrap(aggregate.expr())));
      case BOTTOMK, TOPK, COUNT_VALUES, QUANTILE, LIMITK, LIMIT_RATIO ->
          throw Planner.unsupported("aggregation", aggregate.op().text());
    };
  }
}
