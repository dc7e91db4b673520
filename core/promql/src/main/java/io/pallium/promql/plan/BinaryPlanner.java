package io.pallium.promql.plan;

import io.pallium.promql.ast.BinaryExpr;
import io.pallium.promql.ast.BinaryOp;
import io.pallium.promql.ast.ValueType;
import io.pallium.promql.ast.VectorMatching;

/// Plans operators between two expressions.
final class BinaryPlanner {
  private final Planner planner;

  BinaryPlanner(Planner planner) {
    this.planner = planner;
  }

  /// The plan of an operator of which at least one operand is an instant vector.
  VectorPlan plan(BinaryExpr binary, boolean isFrozen) {
    BinaryOp op = binary.op();
    VectorMatching matching = binary.matching();
    if (matching == null) {
      boolean isScalarLeft = binary.lhs().type() == ValueType.SCALAR;
      // In the order of the text, so that ranks follow it.
      ScalarPlan left = isScalarLeft ? planner.scalar(binary.lhs(), isFrozen) : null;
      VectorPlan vector = planner.vector(isScalarLeft ? binary.rhs() : binary.lhs(), isFrozen);
      ScalarPlan scalar = left == null ? planner.scalar(binary.rhs(), isFrozen) : left;
      var plan =
          new VectorPlan.WithScalar(
              op, vector, scalar, isScalarLeft, binary.returnBool(), planner.site(binary));
      return plan.dropsName() ? Planner.merged(plan, vector) : plan;
    }
    VectorPlan lhs = planner.vector(binary.lhs(), isFrozen);
    VectorPlan rhs = planner.vector(binary.rhs(), isFrozen);
    if (op.isSet()) {
      return new VectorPlan.SetOperation(op, lhs, rhs, matching);
    }
    var join =
        new VectorPlan.Join(op, lhs, rhs, matching, binary.returnBool(), planner.site(binary));
    // Series that differ only in what is not matched on can give one series, a part each.
    return join.isDistinct() ? join : new VectorPlan.Merge(join);
  }
}
