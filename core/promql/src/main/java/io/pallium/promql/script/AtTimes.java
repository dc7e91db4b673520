package io.pallium.promql.script;

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
import io.pallium.promql.parse.ExprPrinter;
import io.pallium.promql.plan.Invariance;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/// Fixes an instant query to its time by `@`, so that it must give the same at any other time. A
/// selector that has a fixed time keeps it, and so does what a sub-query holds.
final class AtTimes {
  private final long timeMs;
  private boolean dependsOnStep;

  private AtTimes(long timeMs) {
    this.timeMs = timeMs;
  }

  /// The query with its time fixed; empty if it depends on the time of the step in other ways too.
  static String fix(Expr query, long timeMs) {
    AtTimes fixer = new AtTimes(timeMs);
    Expr fixed = fixer.fix(query);
    return fixer.dependsOnStep ? "" : ExprPrinter.print(fixed);
  }

  /// Other times at which a query of a time is tried.
  static Iterable<Long> others(long timeMs) {
    LinkedHashSet<Long> times = new LinkedHashSet<>();
    if (timeMs == 0) {
      times.addAll(List.of(-1000L, 0L, 1000L));
    } else {
      times.addAll(List.of(-10 * timeMs, 0L, timeMs / 5, timeMs, 10 * timeMs));
    }
    return times;
  }

  private Expr fix(Expr expr) {
    return switch (expr) {
      case NumberLiteral number -> number;
      case StringLiteral string -> string;
      case VectorSelector vector -> vector.withModifiers(fix(vector.modifiers()));
      case MatrixSelector m ->
          new MatrixSelector(
              m.vector().withModifiers(fix(m.vector().modifiers())),
              m.range(),
              m.rangeExpr(),
              m.position());
      case SubqueryExpr s ->
          new SubqueryExpr(
              s.expr(),
              s.range(),
              s.rangeExpr(),
              s.step(),
              s.stepExpr(),
              fix(s.modifiers()),
              s.position());
      case ParenExpr paren -> new ParenExpr(fix(paren.expr()), paren.position());
      case UnaryExpr unary -> new UnaryExpr(unary.op(), fix(unary.expr()), unary.position());
      case BinaryExpr b ->
          new BinaryExpr(b.op(), fix(b.lhs()), fix(b.rhs()), b.matching(), b.returnBool());
      case AggregateExpr a ->
          new AggregateExpr(
              a.op(),
              fix(a.expr()),
              a.param() == null ? null : fix(a.param()),
              a.grouping(),
              a.without(),
              a.position());
      case Call call -> {
        dependsOnStep |= Invariance.isTimed(call.function().name());
        List<Expr> args = new ArrayList<>();
        call.args().forEach(arg -> args.add(fix(arg)));
        yield new Call(call.function(), args, call.position());
      }
    };
  }

  private TimeModifiers fix(TimeModifiers modifiers) {
    return modifiers.timestampMs() == null ? modifiers.at(timeMs) : modifiers;
  }
}
