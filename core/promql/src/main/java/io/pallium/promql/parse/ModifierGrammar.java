package io.pallium.promql.parse;

import io.pallium.promql.ast.DurationExpr;
import io.pallium.promql.ast.DurationOperand;
import io.pallium.promql.ast.Expr;
import io.pallium.promql.ast.MatrixSelector;
import io.pallium.promql.ast.NumberLiteral;
import io.pallium.promql.ast.PositionRange;
import io.pallium.promql.ast.SubqueryExpr;
import io.pallium.promql.ast.TimeModifiers;
import io.pallium.promql.ast.TimeModifiers.Boundary;
import io.pallium.promql.ast.VectorSelector;
import io.pallium.promql.ast.VectorSelector.Edges;
import io.pallium.promql.parse.TokenStream.Context;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The rules for what follows an operand: ranges, sub-queries, `offset`, `@`, `anchored` and
/// `smoothed`. Confined to one thread.
final class ModifierGrammar {
  private static final String DURATIONS = "number, duration, step(), or range()";
  private static final Context OFFSET = new Context("offset", DURATIONS);
  private static final Context AT = new Context("@", "timestamp");
  private static final Context RANGE = new Context("subquery or range selector", DURATIONS);
  private static final Context RANGE_END = new Context("subquery or range", "\":\" or \"]\"");
  private static final Context STEP =
      new Context("subquery selector", "number, duration, step(), range(), or \"]\"");
  private static final Context STEP_END = new Context("subquery selector", "\"]\"");

  private final TokenStream tokens;
  private final DurationGrammar durations;
  private final ParserOptions options;

  ModifierGrammar(TokenStream tokens, DurationGrammar durations, ParserOptions options) {
    this.tokens = tokens;
    this.durations = durations;
    this.options = options;
  }

  /// Whether the next token modifies the operand in front of it.
  boolean isAtModifier() {
    return switch (tokens.peekType()) {
      case LEFT_BRACKET, OFFSET, AT, ANCHORED, SMOOTHED -> true;
      default -> false;
    };
  }

  /// The operand with the modifier that follows.
  Expr apply(Expr operand) {
    tokens.countNode();
    Token modifier = tokens.take();
    return switch (modifier.type()) {
      case LEFT_BRACKET -> rangeOrSubquery(operand, modifier);
      case OFFSET -> offset(operand);
      case AT -> at(operand);
      case ANCHORED -> edges(operand, Edges.ANCHORED);
      case SMOOTHED -> edges(operand, Edges.SMOOTHED);
      default -> throw new AssertionError("BUG: no modifier: " + modifier);
    };
  }

  private Expr rangeOrSubquery(Expr operand, Token open) {
    Context outer = tokens.enter(RANGE);
    DurationOperand range = durations.positive();
    Expr result;
    if (tokens.takeIf(TokenType.RIGHT_BRACKET) != null) {
      result = range(operand, open, range);
    } else if (tokens.takeIf(TokenType.COLON) != null) {
      tokens.enter(STEP);
      result = subquery(operand, range);
    } else {
      throw tokens.unexpected(RANGE_END);
    }
    tokens.leaveTo(outer);
    return result;
  }

  private MatrixSelector range(Expr operand, Token open, DurationOperand range) {
    if (!(operand instanceof VectorSelector vector)) {
      throw tokens.failure(open.position(), "ranges only allowed for vector selectors");
    }
    if (vector.modifiers().hasOffset()) {
      throw tokens.failure(open.position(), "no offset modifiers allowed before range");
    }
    if (vector.modifiers().hasAt()) {
      throw tokens.failure(open.position(), "no @ modifiers allowed before range");
    }
    return new MatrixSelector(vector, literal(range), computed(range), upToLastClosing(operand));
  }

  private SubqueryExpr subquery(Expr operand, DurationOperand range) {
    Token close = tokens.takeIf(TokenType.RIGHT_BRACKET);
    DurationOperand step = null;
    if (close == null) {
      step = durations.positive();
      if (tokens.peekType() != TokenType.RIGHT_BRACKET) {
        throw tokens.unexpected(STEP_END);
      }
      close = tokens.take();
    }
    return new SubqueryExpr(
        operand,
        literal(range),
        computed(range),
        literal(step),
        computed(step),
        TimeModifiers.NONE,
        new PositionRange(operand.position().start(), close.end()));
  }

  private static Duration literal(@Nullable DurationOperand duration) {
    return duration instanceof NumberLiteral number ? duration(number) : Duration.ZERO;
  }

  private static @Nullable DurationExpr computed(@Nullable DurationOperand duration) {
    return duration instanceof DurationExpr expr ? expr : null;
  }

  /// Seconds to the nearest nanosecond.
  private static Duration duration(NumberLiteral seconds) {
    return Duration.ofNanos(round(seconds.value() * 1e9));
  }

  /// The nearest integer; halves go away from zero.
  private static long round(double value) {
    long whole = (long) value;
    return Math.abs(value - whole) >= 0.5 ? whole + (long) Math.signum(value) : whole;
  }

  private Expr offset(Expr operand) {
    Context outer = tokens.enter(OFFSET);
    DurationOperand offset = durations.offset();
    tokens.leaveTo(outer);
    TimeModifiers old = timeModifiers(operand, "offset modifier");
    if (old.hasOffset()) {
      throw tokens.failure(operand.position(), "offset may not be set multiple times");
    }
    TimeModifiers changed =
        switch (offset) {
          case NumberLiteral number -> old.withOffset(duration(number));
          case DurationExpr expr -> old.withOffset(expr);
        };
    return withModifiers(operand, changed);
  }

  private Expr at(Expr operand) {
    Context outer = tokens.enter(AT);
    Boundary boundary = boundary();
    double seconds = boundary == null ? seconds() : 0;
    tokens.leaveTo(outer);
    if (boundary == null) {
      requireInBounds(operand, seconds);
    }
    TimeModifiers old = timeModifiers(operand, "@ modifier");
    if (old.hasAt()) {
      throw tokens.failure(operand.position(), "@ <timestamp> may not be set multiple times");
    }
    return withModifiers(
        operand, boundary == null ? old.at(round(seconds * 1000)) : old.at(boundary));
  }

  private @Nullable Boundary boundary() {
    boolean isStart = tokens.takeIf(TokenType.START) != null;
    if (!isStart && tokens.takeIf(TokenType.END_OF_RANGE) == null) {
      return null;
    }
    tokens.expect(TokenType.LEFT_PAREN);
    tokens.expect(TokenType.RIGHT_PAREN);
    return isStart ? Boundary.START : Boundary.END;
  }

  private double seconds() {
    boolean isNegative = tokens.peekType() == TokenType.SUB;
    if (durations.isAtSign()) {
      tokens.take();
    }
    double value = durations.number().value();
    return isNegative ? -value : value;
  }

  private void requireInBounds(Expr operand, double seconds) {
    boolean isInBounds = Math.abs(seconds) < 0x1p63;
    if (!isInBounds) {
      throw tokens.failure(
          operand.position(),
          "timestamp out of bounds for @ modifier: " + GoText.fixed(seconds, 6));
    }
  }

  private TimeModifiers timeModifiers(Expr operand, String modifier) {
    return switch (operand) {
      case VectorSelector vector -> vector.modifiers();
      case MatrixSelector matrix -> matrix.vector().modifiers();
      case SubqueryExpr subquery -> subquery.modifiers();
      default ->
          throw tokens.failure(
              operand.position(),
              modifier
                  + " must be preceded by an instant vector selector or range vector selector or a"
                  + " subquery");
    };
  }

  private Expr withModifiers(Expr operand, TimeModifiers modifiers) {
    PositionRange position = upToLastClosing(operand);
    return switch (operand) {
      case VectorSelector v -> v.withModifiers(modifiers).withPosition(position);
      case MatrixSelector m ->
          new MatrixSelector(
              m.vector().withModifiers(modifiers), m.range(), m.rangeExpr(), position);
      case SubqueryExpr s ->
          new SubqueryExpr(
              s.expr(), s.range(), s.rangeExpr(), s.step(), s.stepExpr(), modifiers, position);
      default -> throw new AssertionError("BUG: has no modifiers: " + operand);
    };
  }

  private PositionRange upToLastClosing(Expr operand) {
    return new PositionRange(operand.position().start(), tokens.lastClosing());
  }

  private Expr edges(Expr operand, Edges edges) {
    String modifier = edges.keyword() + " modifier ";
    PositionRange position = operand.position();
    if (!options.extendedRangeSelectors()) {
      throw tokens.failure(position, modifier + "is experimental and not enabled");
    }
    return switch (operand) {
      case VectorSelector vector -> withEdges(vector, edges, position);
      case MatrixSelector matrix ->
          new MatrixSelector(
              withEdges(matrix.vector(), edges, position),
              matrix.range(),
              matrix.rangeExpr(),
              position);
      case SubqueryExpr _ ->
          throw tokens.failure(position, modifier + "is not supported for subqueries");
      default -> throw tokens.failure(position, modifier + "not implemented");
    };
  }

  private VectorSelector withEdges(VectorSelector vector, Edges edges, PositionRange position) {
    if (vector.edges() != Edges.PLAIN && vector.edges() != edges) {
      throw tokens.failure(position, "anchored and smoothed modifiers cannot be used together");
    }
    return vector.withEdges(edges);
  }
}
