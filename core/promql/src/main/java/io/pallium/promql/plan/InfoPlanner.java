package io.pallium.promql.plan;

import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.promql.ast.AggregateExpr;
import io.pallium.promql.ast.BinaryExpr;
import io.pallium.promql.ast.Call;
import io.pallium.promql.ast.Expr;
import io.pallium.promql.ast.MatrixSelector;
import io.pallium.promql.ast.NumberLiteral;
import io.pallium.promql.ast.ParenExpr;
import io.pallium.promql.ast.StringLiteral;
import io.pallium.promql.ast.SubqueryExpr;
import io.pallium.promql.ast.TimeModifiers;
import io.pallium.promql.ast.UnaryExpr;
import io.pallium.promql.ast.VectorSelector;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Plans `info`.
final class InfoPlanner {
  private static final String DEFAULT_NAME = "target_info";
  private static final String ANY_NAME = ".+_info";

  private final Planner planner;

  InfoPlanner(Planner planner) {
    this.planner = planner;
  }

  /// The plan of a call of `info`.
  VectorPlan plan(Call call, boolean isFrozen) {
    List<Expr> args = call.args();
    List<LabelMatcher> names = new ArrayList<>();
    List<LabelMatcher> data = new ArrayList<>();
    if (args.size() > 1) {
      for (LabelMatcher matcher : ((VectorSelector) args.get(1)).matchers()) {
        (matcher.name().equals(Labels.METRIC_NAME) ? names : data).add(matcher);
      }
    }
    completeNames(names);
    VectorPlan child = planner.vector(args.get(0), isFrozen);
    List<LabelMatcher> matchers = new ArrayList<>(data);
    matchers.addAll(names);
    Selector selector = new Selector(matchers, null, shift(args.get(0)));
    return new VectorPlan.Merge(new VectorPlan.Info(child, selector, names, data));
  }

  /// Info series are `target_info` unless names are given, and `*_info` if only names are ruled
  /// out.
  private static void completeNames(List<LabelMatcher> names) {
    boolean isPositive =
        names.stream()
            .map(LabelMatcher::type)
            .anyMatch(type -> type == LabelMatcher.Type.EQUAL || type == LabelMatcher.Type.REGEX);
    if (names.isEmpty()) {
      names.add(LabelMatcher.of(LabelMatcher.Type.EQUAL, Labels.METRIC_NAME, DEFAULT_NAME));
    } else if (!isPositive) {
      names.add(0, LabelMatcher.of(LabelMatcher.Type.REGEX, Labels.METRIC_NAME, ANY_NAME));
    }
  }

  /// The time at which info series are looked at: that of the first selector in the text.
  private TimeShift shift(Expr expr) {
    TimeShift found = find(expr, List.of());
    return found == null ? new TimeShift(0, null) : found;
  }

  /// @param subqueries the modifiers of the sub-queries around, outermost first
  private @Nullable TimeShift find(Expr expr, List<TimeModifiers> subqueries) {
    return switch (expr) {
      case VectorSelector selector -> accumulated(selector.modifiers(), subqueries);
      case MatrixSelector matrix -> find(matrix.vector(), subqueries);
      case SubqueryExpr subquery -> {
        List<TimeModifiers> inside = new ArrayList<>(subqueries);
        inside.add(subquery.modifiers());
        yield find(subquery.expr(), inside);
      }
      case ParenExpr paren -> find(paren.expr(), subqueries);
      case UnaryExpr unary -> find(unary.expr(), subqueries);
      case BinaryExpr binary -> first(List.of(binary.lhs(), binary.rhs()), subqueries);
      case Call call -> first(call.args(), subqueries);
      case AggregateExpr aggregate -> {
        Expr param = aggregate.param();
        List<Expr> parts =
            param == null ? List.of(aggregate.expr()) : List.of(aggregate.expr(), param);
        yield first(parts, subqueries);
      }
      case NumberLiteral _, StringLiteral _ -> null;
    };
  }

  private @Nullable TimeShift first(List<Expr> exprs, List<TimeModifiers> subqueries) {
    for (Expr expr : exprs) {
      TimeShift found = find(expr, subqueries);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  /// Offsets add up until a fixed time ends the search.
  private TimeShift accumulated(TimeModifiers modifiers, List<TimeModifiers> subqueries) {
    TimeShift shift = planner.shift(modifiers);
    for (int i = subqueries.size() - 1; i >= 0 && shift.atMs() == null; i--) {
      TimeShift outer = planner.shift(subqueries.get(i));
      shift = new TimeShift(shift.offsetMs() + outer.offsetMs(), outer.atMs());
    }
    return shift;
  }
}
