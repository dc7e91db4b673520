package io.pallium.promql.plan;

import io.pallium.base.QueryFailedException;
import io.pallium.promql.ast.AggregateExpr;
import io.pallium.promql.ast.AggregateOp;
import io.pallium.promql.ast.Expr;
import io.pallium.promql.ast.StringLiteral;
import io.pallium.promql.parse.ExprPrinter;

/// Plans aggregations.
final class AggregationPlanner {
  private final Planner planner;

  AggregationPlanner(Planner planner) {
    this.planner = planner;
  }

  /// The plan of an aggregation.
  ///
  /// @throws QueryFailedException if the parameter is not valid
  VectorPlan plan(AggregateExpr aggregate, boolean isFrozen) {
    AggregateOp op = aggregate.op();
    var grouping = new Grouping(aggregate.grouping(), aggregate.without());
    Expr param = aggregate.param();
    if (param == null) {
      VectorPlan child = parts(aggregate.expr(), isFrozen);
      return new VectorPlan.Aggregate(op, child, grouping, childSite(aggregate));
    }
    if (op == AggregateOp.COUNT_VALUES) {
      String label = ((StringLiteral) Planner.unwrap(param)).value();
      if (!LabelNames.isValid(label)) {
        throw new QueryFailedException(
            "invalid label name " + ExprPrinter.print(Planner.unwrap(param)));
      }
      VectorPlan child = parts(aggregate.expr(), isFrozen);
      return new VectorPlan.CountValues(label, child, grouping);
    }
    // In the order of evaluation, so that ranks follow it.
    ScalarPlan scalar = planner.scalar(param, isFrozen);
    VectorPlan child = planner.vector(aggregate.expr(), isFrozen);
    if (op == AggregateOp.QUANTILE) {
      Site paramSite = planner.site(Planner.unwrap(param));
      return new VectorPlan.Quantile(scalar, child, grouping, paramSite, childSite(aggregate));
    }
    boolean isAboutParam = op == AggregateOp.LIMIT_RATIO;
    Site site = planner.site(isAboutParam ? Planner.unwrap(param) : aggregate);
    return new VectorPlan.Choice(op, scalar, child, grouping, site);
  }

  /// What is folded, without the merge of a join: a fold takes the parts of a series one by one,
  /// and joins see for themselves that no two have a value at the same step. So a join under a fold
  /// does not hold its result.
  private VectorPlan parts(Expr expr, boolean isFrozen) {
    VectorPlan plan = planner.vector(expr, isFrozen);
    return plan instanceof VectorPlan.Merge merge && merge.child() instanceof VectorPlan.Join join
        ? join
        : plan;
  }

  private Site childSite(AggregateExpr aggregate) {
    return planner.site(Planner.unwrap(aggregate.expr()));
  }
}
