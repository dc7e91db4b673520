package io.pallium.promql.plan;

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
import io.pallium.promql.ast.UnaryExpr;
import io.pallium.promql.ast.VectorSelector;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/// Finds the selectors of whose native histograms nothing but the totals is asked for: those within
/// `histogram_count` and its kin, but within nothing that looks at buckets, and no sub-query.
///
/// Intended: this changes results. Prometheus leaves the buckets out, and finds counter resets
/// without them where samples say that they are gauges.
final class TotalsOnly {
  private static final Set<String> TOTALS =
      Set.of("histogram_avg", "histogram_count", "histogram_sum");
  private static final Set<String> BUCKETS =
      Set.of("histogram_fraction", "histogram_quantile", "histogram_quantiles");

  private final Set<VectorSelector> found = Collections.newSetFromMap(new IdentityHashMap<>());

  private TotalsOnly() {}

  /// The selectors within an expression, by identity.
  static Set<VectorSelector> selectors(Expr expr) {
    var search = new TotalsOnly();
    search.visit(expr, false);
    return search.found;
  }

  private void visit(Expr expr, boolean isTotals) {
    switch (expr) {
      case VectorSelector selector -> {
        if (isTotals) {
          found.add(selector);
        }
      }
      case MatrixSelector matrix -> visit(matrix.vector(), isTotals);
      case ParenExpr paren -> visit(paren.expr(), isTotals);
      case UnaryExpr unary -> visit(unary.expr(), isTotals);
      case AggregateExpr aggregate -> {
        visit(aggregate.expr(), isTotals);
        if (aggregate.param() != null) {
          visit(aggregate.param(), isTotals);
        }
      }
      case BinaryExpr binary -> {
        boolean isTrim = binary.op() == BinaryOp.TRIM_LOWER || binary.op() == BinaryOp.TRIM_UPPER;
        if (!isTrim) {
          visit(binary.lhs(), isTotals);
          visit(binary.rhs(), isTotals);
        }
      }
      case Call call -> {
        String name = call.function().name();
        if (!BUCKETS.contains(name)) {
          call.args().forEach(arg -> visit(arg, isTotals || TOTALS.contains(name)));
        }
      }
      case SubqueryExpr _, NumberLiteral _, StringLiteral _ -> {}
    }
  }
}
