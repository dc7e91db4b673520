package io.pallium.promql.ast;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// An aggregation over the series of an instant vector.
///
/// @param op the operator
/// @param expr the instant vector
/// @param param the parameter; not null exactly if [AggregateOp#hasParam]
/// @param grouping the label names after `by` or `without`, as written
/// @param without whether the groups are made by all labels but these
/// @param position where it stands
public record AggregateExpr(
    AggregateOp op,
    Expr expr,
    @Nullable Expr param,
    List<String> grouping,
    boolean without,
    PositionRange position)
    implements Expr {
  public AggregateExpr {
    grouping = List.copyOf(grouping);
  }

  @Override
  public ValueType type() {
    return ValueType.VECTOR;
  }
}
