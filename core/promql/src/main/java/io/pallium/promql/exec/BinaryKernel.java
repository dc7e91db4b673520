package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.FloatHistogram;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import io.pallium.promql.ast.BinaryOp;
import io.pallium.promql.parse.GoText;
import io.pallium.promql.plan.ConstantFolding;
import org.jspecify.annotations.Nullable;

/// Arithmetic and comparison of two values of which at least one comes from a vector.
@HotPath
final class BinaryKernel {
  private final BinaryOp op;
  private final boolean isComparison;
  private final boolean returnBool;
  private final LastNotes notes;
  private final Scratch scratch;

  /// @param scratch room for computing with histograms
  BinaryKernel(BinaryOp op, boolean returnBool, LastNotes notes, Scratch scratch) {
    this.op = op;
    this.isComparison = op.isComparison();
    this.returnBool = returnBool;
    this.notes = notes;
    this.scratch = scratch;
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

  /// Whether the operation is about histograms alone, so that floats need [#combine] too.
  boolean isForHistograms() {
    return op == BinaryOp.TRIM_LOWER || op == BinaryOp.TRIM_UPPER;
  }

  /// Puts the result of an operation in which a histogram takes part into a column, or removes what
  /// is there if there is none.
  ///
  /// @param left the left operand; null if it is the float
  /// @param right the right operand; null if it is the float
  /// @return whether the operands go together, even if a comparison does not keep them
  boolean combine(
      StepColumn out,
      int step,
      @Nullable NativeHistogram left,
      double leftValue,
      @Nullable NativeHistogram right,
      double rightValue) {
    out.remove(step);
    if (left != null && right != null) {
      scratch.ensureFor(left, right);
      return combine(out, step, left, right);
    }
    FloatHistogram result = null;
    if (op == BinaryOp.MUL && left == null && right != null) {
      scratch.ensureFor(right);
      result = FloatHistogram.of(right).multiply(leftValue).compact();
    } else if (left != null) {
      scratch.ensureFor(left);
      result = withFloat(left, rightValue);
    }
    if (result == null) {
      informIncompatible(step, left, right);
      return false;
    }
    out.set(step, result.toNative());
    return true;
  }

  private @Nullable FloatHistogram withFloat(NativeHistogram left, double right) {
    return switch (op) {
      case MUL -> FloatHistogram.of(left).multiply(right).compact();
      case DIV -> FloatHistogram.of(left).divide(right).compact();
      case TRIM_UPPER, TRIM_LOWER -> {
        FloatHistogram histogram = FloatHistogram.of(left);
        HistogramTrim.apply(histogram, right, op == BinaryOp.TRIM_UPPER);
        yield histogram;
      }
      default -> null;
    };
  }

  private boolean combine(StepColumn out, int step, NativeHistogram left, NativeHistogram right) {
    return switch (op) {
      case ADD -> add(out, step, left, right, HistogramNotes.Operation.ADDITION);
      case SUB -> add(out, step, left, right, HistogramNotes.Operation.SUBTRACTION);
      case EQL, NEQ -> {
        boolean isEqual = FloatHistogram.of(left).hasSameData(FloatHistogram.of(right));
        boolean holds = isEqual == (op == BinaryOp.EQL);
        if (returnBool) {
          out.set(step, holds ? 1 : 0);
        } else if (holds) {
          out.set(step, left);
        }
        yield true;
      }
      default -> {
        informIncompatible(step, left, right);
        yield false;
      }
    };
  }

  private boolean add(
      StepColumn out,
      int step,
      NativeHistogram left,
      NativeHistogram right,
      HistogramNotes.Operation operation) {
    FloatHistogram result = FloatHistogram.of(left);
    FloatHistogram other = FloatHistogram.of(right);
    if (!result.isCompatible(other)) {
      notes.warn(step, "incompatible bucket layout encountered for binary operator " + op.symbol());
      return false;
    }
    if (result.hasConflictingHint(other)) {
      // Intended: a warning is an error to Prometheus here, which drops the result.
      notes.warn(step, HistogramNotes.conflictingResets(operation));
      return false;
    }
    if (result.hasOtherBounds(other)) {
      notes.inform(step, HistogramNotes.reconciled(operation));
    }
    if (operation == HistogramNotes.Operation.ADDITION) {
      result.add(other);
    } else {
      result.subtract(other);
      result.setResetHint(ResetHint.GAUGE);
    }
    out.set(step, result.compact().toNative());
    return true;
  }

  private void informIncompatible(
      int step, @Nullable NativeHistogram left, @Nullable NativeHistogram right) {
    notes.inform(
        step,
        "incompatible sample types encountered for binary operator "
            + GoText.quote(op.symbol())
            + ": "
            + (left == null ? "float" : "histogram")
            + " "
            + op.symbol()
            + " "
            + (right == null ? "float" : "histogram"));
  }
}
