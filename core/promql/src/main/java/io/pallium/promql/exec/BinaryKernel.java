package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.base.QueryFailedException;
import io.pallium.model.NativeHistogram;
import io.pallium.promql.ast.BinaryOp;
import io.pallium.promql.plan.ConstantFolding;
import io.pallium.promql.plan.Site;
import org.jspecify.annotations.Nullable;

/// Arithmetic and comparison of two values of which at least one comes from a vector.
@HotPath
final class BinaryKernel {
  private final BinaryOp op;
  private final boolean isComparison;
  private final boolean returnBool;
  private final Annotations annotations;
  private final Site site;

  BinaryKernel(BinaryOp op, boolean returnBool, Annotations annotations, Site site) {
    this.op = op;
    this.isComparison = op.isComparison();
    this.returnBool = returnBool;
    this.annotations = annotations;
    this.site = site;
  }

  /// Whether the operation only decides which values stay.
  boolean isFilter() {
    return isComparison && !returnBool;
  }

  /// Whether a filter keeps the value.
  boolean keeps(double left, double right) {
    return ConstantFolding.holds(op, left, right);
  }

  /// The result of an operation that is not a filter.
  double apply(double left, double right) {
    return switch (op) {
      case ADD -> left + right;
      case SUB -> left - right;
      case MUL -> left * right;
      case DIV -> left / right;
      default -> ConstantFolding.apply(op, left, right);
    };
  }

  /// Handles operands of which at least one is a histogram: no result, and an info.
  void refuse(@Nullable NativeHistogram left, @Nullable NativeHistogram right) {
    String leftType = left == null ? "float" : "histogram";
    String rightType = right == null ? "float" : "histogram";
    boolean isDefined =
        switch (op) {
          case MUL -> left == null || right == null;
          case DIV -> right == null;
          case ADD, SUB, EQL, NEQ -> left != null && right != null;
          default -> false;
        };
    if (isDefined) {
      throw new QueryFailedException(
          "operator \"" + op.symbol() + "\" is not supported yet for native histograms");
    }
    annotations.inform(
        site,
        "incompatible sample types encountered for binary operator "
            + GoText.quote(op.symbol())
            + ": "
            + leftType
            + " "
            + op.symbol()
            + " "
            + rightType);
  }
}
