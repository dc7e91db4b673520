package io.pallium.promql.ast;

import io.pallium.base.BadRequestException;
import io.pallium.promql.arithmetic.GoDuration;
import io.pallium.promql.arithmetic.GoMath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Puts numbers in the place of the duration expressions of a query, once its time range and step
/// are known.
public final class DurationExpressions {
  /// The largest number of seconds that 64 bits of nanoseconds hold.
  private static final double MAX_SECONDS = 0x1p63 / 1e9;

  private final double stepSeconds;
  private final double rangeSeconds;

  private DurationExpressions(double stepSeconds, double rangeSeconds) {
    this.stepSeconds = stepSeconds;
    this.rangeSeconds = rangeSeconds;
  }

  /// The expression without any [DurationExpr]: ranges, steps and offsets are all literal.
  ///
  /// @param startMs the first step, in milliseconds since the epoch
  /// @param endMs the last step, in milliseconds since the epoch; `startMs` for an instant query
  /// @param stepMs the distance of the steps; 0 for an instant query
  /// @throws BadRequestException if a duration is not finite, out of range, or not above zero where
  ///   it must be
  public static Expr resolve(Expr expr, long startMs, long endMs, long stepMs) {
    return new DurationExpressions(GoDuration.seconds(stepMs), GoDuration.seconds(endMs - startMs))
        .resolve(expr);
  }

  private Expr resolve(Expr expr) {
    return switch (expr) {
      case NumberLiteral n -> n;
      case StringLiteral s -> s;
      case VectorSelector v -> v.withModifiers(resolve(v.modifiers()));
      case MatrixSelector m -> resolve(m);
      case SubqueryExpr s -> resolve(s);
      case ParenExpr p -> new ParenExpr(resolve(p.expr()), p.position());
      case UnaryExpr u -> new UnaryExpr(u.op(), resolve(u.expr()), u.position());
      case BinaryExpr b ->
          new BinaryExpr(b.op(), resolve(b.lhs()), resolve(b.rhs()), b.matching(), b.returnBool());
      case AggregateExpr a -> resolve(a);
      case Call c -> resolve(c);
    };
  }

  private Call resolve(Call c) {
    // A loop: a stream would need much more stack at each level.
    List<Expr> args = new ArrayList<>(c.args().size());
    for (Expr arg : c.args()) {
      args.add(resolve(arg));
    }
    return new Call(c.function(), args, c.position());
  }

  private AggregateExpr resolve(AggregateExpr a) {
    Expr expr = resolve(a.expr());
    Expr param = a.param() == null ? null : resolve(a.param());
    return new AggregateExpr(a.op(), expr, param, a.grouping(), a.without(), a.position());
  }

  private MatrixSelector resolve(MatrixSelector m) {
    Duration range = positive(m.rangeExpr(), m.range());
    VectorSelector vector = m.vector().withModifiers(resolve(m.vector().modifiers()));
    return new MatrixSelector(vector, range, null, m.position());
  }

  private SubqueryExpr resolve(SubqueryExpr s) {
    TimeModifiers modifiers = resolve(s.modifiers());
    Duration step = positive(s.stepExpr(), s.step());
    Duration range = positive(s.rangeExpr(), s.range());
    return new SubqueryExpr(resolve(s.expr()), range, null, step, null, modifiers, s.position());
  }

  private TimeModifiers resolve(TimeModifiers modifiers) {
    DurationExpr offset = modifiers.originalOffsetExpr();
    return offset == null ? modifiers : modifiers.withOffset(toDuration(offset, seconds(offset)));
  }

  private Duration positive(@Nullable DurationExpr expr, Duration literal) {
    if (expr == null) {
      return literal;
    }
    double seconds = seconds(expr);
    if (seconds <= 0 && Double.isFinite(seconds)) {
      throw failure(expr, "duration must be greater than 0");
    }
    return toDuration(expr, seconds);
  }

  private static Duration toDuration(DurationExpr expr, double seconds) {
    if (!Double.isFinite(seconds)) {
      throw failure(expr, "duration is NaN or infinite");
    }
    if (Math.abs(seconds) > MAX_SECONDS) {
      throw failure(expr, "duration is out of range");
    }
    return Duration.ofMillis((long) (seconds * 1000));
  }

  private double seconds(@Nullable DurationOperand operand) {
    return switch (operand) {
      case null -> 0;
      case NumberLiteral number -> number.value();
      case DurationExpr expr -> seconds(expr);
    };
  }

  private double seconds(DurationExpr expr) {
    double left = seconds(expr.lhs());
    double right = seconds(expr.rhs());
    // A sign has no left operand, and 0 ± x is what it means.
    return switch (expr.op()) {
      case STEP -> stepSeconds;
      case RANGE -> rangeSeconds;
      case MIN_OF -> Math.min(left, right);
      case MAX_OF -> Math.max(left, right);
      case ADD -> left + right;
      case SUB -> left - right;
      case MUL -> left * right;
      case DIV -> {
        requireDivisor(expr, right, "division by zero");
        yield left / right;
      }
      case MOD -> {
        requireDivisor(expr, right, "modulo by zero");
        yield left % right;
      }
      case POW -> GoMath.pow(left, right);
    };
  }

  private static void requireDivisor(DurationExpr expr, double divisor, String message) {
    if (divisor == 0) {
      throw failure(expr, message);
    }
  }

  private static BadRequestException failure(DurationExpr expr, String message) {
    PositionRange at = expr.position();
    return new BadRequestException(at.start() + ":" + at.end() + ": " + message);
  }
}
