package io.pallium.promql.parse;

import io.pallium.promql.ast.AggregateExpr;
import io.pallium.promql.ast.BinaryExpr;
import io.pallium.promql.ast.Call;
import io.pallium.promql.ast.Expr;
import io.pallium.promql.ast.MatrixSelector;
import io.pallium.promql.ast.NumberLiteral;
import io.pallium.promql.ast.ParenExpr;
import io.pallium.promql.ast.StringLiteral;
import io.pallium.promql.ast.SubqueryExpr;
import io.pallium.promql.ast.UnaryExpr;
import io.pallium.promql.ast.VectorSelector;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Prints a tree over several lines in the form of Prometheus: an expression that fits into 100
/// bytes stays on one line, a longer one is opened, and what it holds goes one level to the right.
public final class ExprPrettyPrinter {
  private static final int MAX_LINE_BYTES = 100;
  private static final String INDENT = "  ";

  private ExprPrettyPrinter() {}

  /// The expression, without a line break at the end.
  public static String print(Expr expr) {
    return print(expr, 0);
  }

  private static String print(Expr expr, int level) {
    String indent = INDENT.repeat(level);
    return switch (expr) {
      case NumberLiteral _, StringLiteral _, VectorSelector _, MatrixSelector _ ->
          indent + ExprPrinter.print(expr);
      case UnaryExpr unary -> indent + unary.op().symbol() + print(unary.expr(), level).strip();
      case SubqueryExpr subquery -> {
        String line = shortLine(subquery);
        // Intended: Prometheus does not indent a short sub-query.
        yield line != null ? line : print(subquery.expr(), level) + ExprPrinter.tail(subquery);
      }
      case ParenExpr _, AggregateExpr _, Call _, BinaryExpr _ -> {
        String line = shortLine(expr);
        yield line != null ? indent + line : opened(expr, level, indent);
      }
    };
  }

  private static String opened(Expr expr, int level, String indent) {
    return switch (expr) {
      case ParenExpr paren -> indent + "(\n" + print(paren.expr(), level + 1) + "\n" + indent + ")";
      case AggregateExpr a -> {
        String param = a.param() == null ? "" : print(a.param(), level + 1) + ",\n";
        String body = param + print(a.expr(), level + 1);
        yield indent + ExprPrinter.head(a) + "(\n" + body + "\n" + indent + ")";
      }
      case Call call ->
          indent
              + call.function().name()
              + "(\n"
              + arguments(call.args(), level + 1)
              + "\n"
              + indent
              + ")";
      case BinaryExpr b ->
          print(b.lhs(), level + 1)
              + "\n"
              + indent
              + ExprPrinter.head(b)
              + "\n"
              + print(b.rhs(), level + 1);
      default -> throw new AssertionError("BUG: cannot be opened: " + expr);
    };
  }

  private static String arguments(List<Expr> args, int level) {
    return args.stream().map(arg -> print(arg, level)).collect(Collectors.joining(",\n"));
  }

  /// The expression on one line; null if that is too long.
  private static @Nullable String shortLine(Expr expr) {
    String line = ExprPrinter.print(expr);
    return line.getBytes(StandardCharsets.UTF_8).length > MAX_LINE_BYTES ? null : line;
  }
}
