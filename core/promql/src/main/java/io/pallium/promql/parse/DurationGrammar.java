package io.pallium.promql.parse;

import io.pallium.promql.ast.DurationExpr;
import io.pallium.promql.ast.DurationExpr.Op;
import io.pallium.promql.ast.DurationOperand;
import io.pallium.promql.ast.NumberLiteral;
import io.pallium.promql.ast.PositionRange;
import io.pallium.promql.parse.Literals.InvalidLiteralException;
import org.jspecify.annotations.Nullable;

/// The rules for numbers, and for durations and what can be computed of them. Confined to one
/// thread.
final class DurationGrammar {
  /// The largest number of seconds that 64 bits of nanoseconds hold.
  private static final double MAX_SECONDS = 0x1p63 / 1e9;

  private static final int SUM = 1;
  private static final int PRODUCT = 2;
  private static final int POWER = 3;

  private final TokenStream tokens;
  private final boolean isEnabled;

  DurationGrammar(TokenStream tokens, ParserOptions options) {
    this.tokens = tokens;
    this.isEnabled = options.durationExpressions();
  }

  /// Whether the next token is a number or a duration.
  boolean isAtNumber() {
    return tokens.peekType() == TokenType.NUMBER || tokens.peekType() == TokenType.DURATION;
  }

  /// Whether the next token is a sign.
  boolean isAtSign() {
    return tokens.peekType() == TokenType.ADD || tokens.peekType() == TokenType.SUB;
  }

  /// A number or a duration.
  NumberLiteral number() {
    if (!isAtNumber()) {
      throw tokens.unexpected();
    }
    Token token = tokens.take();
    boolean isDuration = token.type() == TokenType.DURATION;
    tokens.countNode();
    try {
      double value =
          isDuration ? Literals.durationSeconds(token.text()) : Literals.number(token.text());
      return new NumberLiteral(value, isDuration, token.position());
    } catch (InvalidLiteralException e) {
      throw tokens.failure(token.position(), e.reason());
    }
  }

  /// A range or a step: a duration expression that, as far as is known, is above zero.
  DurationOperand positive() {
    DurationOperand duration = expression(SUM);
    if (duration instanceof NumberLiteral number && number.value() <= 0) {
      throw tokens.failure(number.position(), "duration must be greater than 0");
    }
    return duration;
  }

  /// What follows `offset`. Unless it begins with a parenthesis or two signs, it ends as soon as it
  /// can: `foo offset 5m * 2` doubles foo, and `foo offset (5m) * 2` the offset.
  DurationOperand offset() {
    return switch (tokens.peekType()) {
      case NUMBER, DURATION -> literal();
      case ADD, SUB -> signedOffset();
      case STEP, RANGE, MAX_OF, MIN_OF -> function(null);
      default -> expression(SUM);
    };
  }

  private DurationOperand signedOffset() {
    Token sign = tokens.take();
    return switch (tokens.peekType()) {
      case NUMBER, DURATION -> signed(sign, number());
      case STEP, RANGE, MAX_OF, MIN_OF -> function(sign);
      case LEFT_PAREN -> {
        tokens.take();
        DurationOperand inner = expression(SUM);
        tokens.expect(TokenType.RIGHT_PAREN);
        yield signed(sign, wrapped(inner, inner.position().start()));
      }
      default -> rest(signed(sign, expression(POWER)), SUM);
    };
  }

  private DurationOperand expression(int minPrecedence) {
    tokens.descend();
    DurationOperand result = rest(operand(), minPrecedence);
    tokens.ascend();
    return result;
  }

  /// The operators behind a left operand, as far as they bind at least so tightly.
  private DurationOperand rest(DurationOperand first, int minPrecedence) {
    DurationOperand left = first;
    int chained = 0;
    while (true) {
      Token operator = tokens.peek();
      Op op = operator(operator.type());
      if (op == null || precedence(op) < minPrecedence) {
        return left;
      }
      tokens.take();
      DurationOperand right = expression(op == Op.POW ? POWER : precedence(op) + 1);
      tokens.checkHeight(++chained);
      left = binary(left, operator, op, right);
    }
  }

  private DurationExpr binary(DurationOperand left, Token operator, Op op, DurationOperand right) {
    requireEnabled(left.position());
    boolean isByZero = right instanceof NumberLiteral number && number.value() == 0;
    if (isByZero && (op == Op.DIV || op == Op.MOD)) {
      String what = op == Op.DIV ? "division" : "modulo";
      throw tokens.failure(operator.position(), what + " by zero");
    }
    tokens.countNode();
    PositionRange position = PositionRange.spanning(left.position(), right.position());
    return new DurationExpr(op, left, right, false, position);
  }

  private DurationOperand operand() {
    return switch (tokens.peekType()) {
      case NUMBER, DURATION -> literal();
      case ADD, SUB -> signed(tokens.take(), expression(POWER));
      case STEP, RANGE, MAX_OF, MIN_OF -> function(null);
      case LEFT_PAREN -> {
        Token open = tokens.take();
        DurationOperand inner = expression(SUM);
        tokens.expect(TokenType.RIGHT_PAREN);
        requireEnabled(inner.position());
        yield wrapped(inner, open.start());
      }
      default -> throw tokens.unexpected();
    };
  }

  private NumberLiteral literal() {
    NumberLiteral literal = number();
    if (Math.abs(literal.value()) > MAX_SECONDS) {
      throw tokens.failure(literal.position(), "duration out of range");
    }
    return literal;
  }

  /// A plus is dropped; a minus is worked into a literal and else makes an expression.
  private DurationOperand signed(Token sign, DurationOperand operand) {
    boolean isMinus = sign.type() == TokenType.SUB;
    PositionRange position = new PositionRange(sign.start(), operand.position().end());
    return switch (operand) {
      case DurationExpr expr -> {
        tokens.countNode();
        yield isMinus ? new DurationExpr(Op.SUB, null, expr, false, position) : expr;
      }
      case NumberLiteral literal -> {
        double value = isMinus ? -literal.value() : literal.value();
        if (Math.abs(value) > MAX_SECONDS) {
          throw tokens.failure(sign.position(), "duration out of range");
        }
        yield new NumberLiteral(value, literal.isDuration(), position);
      }
    };
  }

  /// Marks an expression as parenthesised; a literal cannot carry the mark and gets a plus for it.
  private DurationExpr wrapped(DurationOperand inner, int start) {
    return switch (inner) {
      case DurationExpr expr -> expr.wrapped();
      case NumberLiteral literal -> {
        tokens.countNode();
        PositionRange position = new PositionRange(start, literal.position().end());
        yield new DurationExpr(Op.ADD, null, literal, true, position);
      }
    };
  }

  /// `step()`, `range()`, `min_of(a, b)` or `max_of(a, b)`, with a sign that was taken before it.
  private DurationExpr function(@Nullable Token sign) {
    Token name = tokens.take();
    tokens.expect(TokenType.LEFT_PAREN);
    tokens.countNode();
    boolean hasArguments = name.type() == TokenType.MAX_OF || name.type() == TokenType.MIN_OF;
    DurationExpr function = hasArguments ? bounded(name) : ofQuery(name);
    if (sign == null) {
      requireEnabled(function.position());
      return function;
    }
    PositionRange position = new PositionRange(sign.start(), function.position().end());
    requireEnabled(position);
    Op op = sign.type() == TokenType.SUB ? Op.SUB : Op.ADD;
    return new DurationExpr(op, null, function, false, position);
  }

  private DurationExpr ofQuery(Token name) {
    Token close = tokens.expect(TokenType.RIGHT_PAREN);
    Op op = name.type() == TokenType.STEP ? Op.STEP : Op.RANGE;
    return new DurationExpr(op, null, null, false, new PositionRange(name.start(), close.end()));
  }

  private DurationExpr bounded(Token name) {
    DurationOperand left = expression(SUM);
    tokens.expect(TokenType.COMMA);
    DurationOperand right = expression(SUM);
    tokens.expect(TokenType.RIGHT_PAREN);
    Op op = name.type() == TokenType.MAX_OF ? Op.MAX_OF : Op.MIN_OF;
    PositionRange position = PositionRange.spanning(left.position(), right.position());
    return new DurationExpr(op, left, right, false, position);
  }

  private void requireEnabled(PositionRange position) {
    if (!isEnabled) {
      throw tokens.failure(position, "experimental duration expression is not enabled");
    }
  }

  private static @Nullable Op operator(TokenType type) {
    return switch (type) {
      case ADD -> Op.ADD;
      case SUB -> Op.SUB;
      case MUL -> Op.MUL;
      case DIV -> Op.DIV;
      case MOD -> Op.MOD;
      case POW -> Op.POW;
      default -> null;
    };
  }

  private static int precedence(Op op) {
    return switch (op) {
      case ADD, SUB -> SUM;
      case MUL, DIV, MOD -> PRODUCT;
      case POW -> POWER;
      case STEP, RANGE, MIN_OF, MAX_OF -> throw new AssertionError("BUG: no operator: " + op);
    };
  }
}
