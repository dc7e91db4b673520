package io.pallium.promql.parse;

import io.pallium.promql.ast.AggregateExpr;
import io.pallium.promql.ast.AggregateOp;
import io.pallium.promql.ast.BinaryExpr;
import io.pallium.promql.ast.BinaryOp;
import io.pallium.promql.ast.Call;
import io.pallium.promql.ast.Expr;
import io.pallium.promql.ast.FunctionSignature;
import io.pallium.promql.ast.NumberLiteral;
import io.pallium.promql.ast.ParenExpr;
import io.pallium.promql.ast.PositionRange;
import io.pallium.promql.ast.StringLiteral;
import io.pallium.promql.ast.UnaryExpr;
import io.pallium.promql.ast.UnaryOp;
import io.pallium.promql.ast.VectorMatching;
import io.pallium.promql.ast.VectorMatching.Cardinality;
import io.pallium.promql.ast.VectorMatching.FillValues;
import io.pallium.promql.parse.TokenStream.Context;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The rules for expressions: operators by precedence climbing, everything else by descent. The
/// first error ends the parse. Confined to one thread.
///
/// How far the look-ahead has gone when a rule completes decides which of two errors comes first,
/// and where Prometheus believes some nodes to end; the order of calls here keeps to that.
final class ExpressionGrammar {
  private static final Context AGGREGATION = new Context("aggregation", "");

  private static final int LOWEST = 1;
  private static final int POWER = 6;

  private final TokenStream tokens;
  private final ParserOptions options;
  private final SelectorGrammar selectors;
  private final DurationGrammar durations;
  private final ModifierGrammar modifiers;

  /// The height of the tree that the last rule gave.
  private int height;

  ExpressionGrammar(TokenStream tokens, ParserOptions options) {
    this.tokens = tokens;
    this.options = options;
    this.selectors = new SelectorGrammar(tokens);
    this.durations = new DurationGrammar(tokens, options);
    this.modifiers = new ModifierGrammar(tokens, durations, options);
  }

  /// A whole query.
  Expr query() {
    if (tokens.peekType() == TokenType.END) {
      throw tokens.failure(new PositionRange(0, 0), "no expression found in input");
    }
    Expr expr = expression(LOWEST);
    if (tokens.peekType() != TokenType.END) {
      throw tokens.unexpected();
    }
    return expr;
  }

  private Expr expression(int minPrecedence) {
    tokens.descend();
    Expr left = operand();
    int leftHeight = height;
    while (true) {
      BinaryOp op = operator(tokens.peekType());
      if (op == null || precedence(op) < minPrecedence) {
        break;
      }
      tokens.take();
      Modifiers how = binaryModifiers();
      Expr right = expression(op == BinaryOp.POW ? POWER : precedence(op) + 1);
      left = binary(left, op, how, right);
      leftHeight = Math.max(leftHeight, height) + 1;
      tokens.checkHeight(leftHeight);
    }
    height = leftHeight;
    tokens.ascend();
    return left;
  }

  /// What stands after a binary operator.
  private record Modifiers(boolean returnBool, VectorMatching matching) {}

  private Modifiers binaryModifiers() {
    boolean returnBool = tokens.takeIf(TokenType.BOOL) != null;
    boolean on = tokens.peekType() == TokenType.ON;
    Cardinality cardinality = Cardinality.ONE_TO_ONE;
    List<String> labels = List.of();
    List<String> include = List.of();
    if (on || tokens.peekType() == TokenType.IGNORING) {
      tokens.take();
      labels = selectors.grouping();
      if (tokens.takeIf(TokenType.GROUP_LEFT) != null) {
        cardinality = Cardinality.MANY_TO_ONE;
        include = selectors.optionalGrouping();
      } else if (tokens.takeIf(TokenType.GROUP_RIGHT) != null) {
        cardinality = Cardinality.ONE_TO_MANY;
        include = selectors.optionalGrouping();
      }
    }
    return new Modifiers(
        returnBool, new VectorMatching(cardinality, on, labels, include, fillValues()));
  }

  private FillValues fillValues() {
    return switch (tokens.peekType()) {
      case FILL -> {
        double value = fillValue();
        yield new FillValues(value, value);
      }
      case FILL_LEFT -> {
        Double left = fillValue();
        yield new FillValues(
            left, tokens.peekType() == TokenType.FILL_RIGHT ? Double.valueOf(fillValue()) : null);
      }
      case FILL_RIGHT -> {
        Double right = fillValue();
        yield new FillValues(
            tokens.peekType() == TokenType.FILL_LEFT ? Double.valueOf(fillValue()) : null, right);
      }
      default -> FillValues.NONE;
    };
  }

  private double fillValue() {
    tokens.take();
    tokens.expect(TokenType.LEFT_PAREN);
    boolean isNegative = tokens.peekType() == TokenType.SUB;
    if (durations.isAtSign()) {
      tokens.take();
    }
    double value = durations.number().value();
    tokens.expect(TokenType.RIGHT_PAREN);
    return isNegative ? -value : value;
  }

  private BinaryExpr binary(Expr left, BinaryOp op, Modifiers how, Expr right) {
    tokens.countNode();
    BinaryExpr expr = new BinaryExpr(op, left, right, how.matching, how.returnBool);
    if (!options.fillModifiers() && !how.matching.fill().isEmpty()) {
      throw tokens.failure(
          expr.position(), "binop fill modifiers are experimental and not enabled");
    }
    return expr;
  }

  private Expr operand() {
    Expr operand =
        switch (tokens.peekType()) {
          case ADD, SUB -> unary();
          case NUMBER, DURATION -> leaf(durations.number());
          case STRING -> string();
          case LEFT_PAREN -> paren();
          case LEFT_BRACE -> leaf(selectors.selector());
          case IDENTIFIER, START, END_OF_RANGE, STEP, RANGE, MAX_OF, MIN_OF -> callOrSelector();
          default -> aggregateOrSelector();
        };
    while (modifiers.isAtModifier()) {
      operand = modifiers.apply(operand);
      height++;
      tokens.checkHeight(height);
    }
    return operand;
  }

  private Expr leaf(Expr expr) {
    height = 1;
    return expr;
  }

  private Expr inner(Expr expr) {
    height++;
    tokens.checkHeight(height);
    tokens.countNode();
    return expr;
  }

  /// A sign binds like a product, so only powers bind tighter.
  private Expr unary() {
    Token sign = tokens.take();
    boolean isMinus = sign.type() == TokenType.SUB;
    Expr expr = expression(POWER);
    PositionRange position = new PositionRange(sign.start(), expr.position().end());
    if (expr instanceof NumberLiteral literal) {
      double value = isMinus ? -literal.value() : literal.value();
      return new NumberLiteral(value, literal.isDuration(), position);
    }
    return inner(new UnaryExpr(isMinus ? UnaryOp.MINUS : UnaryOp.PLUS, expr, position));
  }

  private Expr string() {
    Token token = tokens.take();
    tokens.countNode();
    return leaf(new StringLiteral(Literals.unquote(token.text()), token.position()));
  }

  private Expr paren() {
    Token open = tokens.take();
    Expr expr = expression(LOWEST);
    Token close = tokens.expect(TokenType.RIGHT_PAREN);
    return inner(new ParenExpr(expr, new PositionRange(open.start(), close.end())));
  }

  private Expr callOrSelector() {
    Token name = tokens.take();
    if (tokens.peekType() != TokenType.LEFT_PAREN) {
      return leaf(selectors.selector(name));
    }
    List<Expr> args = arguments();
    FunctionSignature function = Functions.find(name.text());
    if (function == null) {
      throw tokens.failure(
          name.position(), "unknown function with name " + GoText.quote(name.text()));
    }
    if (function.isExperimental() && !options.experimentalFunctions()) {
      throw tokens.failure(
          name.position(), "function " + GoText.quote(name.text()) + " is not enabled");
    }
    PositionRange position = new PositionRange(name.start(), tokens.lastClosing());
    return inner(new Call(function, args, position));
  }

  /// The arguments in parentheses; the height is that of the highest.
  private List<Expr> arguments() {
    tokens.expect(TokenType.LEFT_PAREN);
    List<Expr> args = new ArrayList<>();
    int highest = 0;
    Token comma = null;
    while (tokens.peekType() != TokenType.RIGHT_PAREN || comma != null) {
      if (comma != null && !tokens.peekType().canBeginExpression()) {
        throw tokens.failure(comma.position(), "trailing commas not allowed in function call args");
      }
      args.add(expression(LOWEST));
      highest = Math.max(highest, height);
      comma = tokens.takeIf(TokenType.COMMA);
      if (comma == null) {
        break;
      }
    }
    tokens.expect(TokenType.RIGHT_PAREN);
    height = highest;
    return args;
  }

  private Expr aggregateOrSelector() {
    Token name = tokens.peek();
    if (name.type().group() != TokenType.Group.AGGREGATOR) {
      return leaf(selectors.selector());
    }
    tokens.take();
    return switch (tokens.peekType()) {
      case LEFT_PAREN, BY, WITHOUT -> aggregate(name);
      default -> leaf(selectors.selector(name));
    };
  }

  /// The labels that an aggregation groups by, or without.
  private record Grouping(List<String> labels, boolean without) {
    static final Grouping NONE = new Grouping(List.of(), false);
  }

  private Expr aggregate(Token name) {
    Context outer = tokens.enter(AGGREGATION);
    Grouping grouping = grouping();
    List<Expr> args = arguments();
    int end = tokens.lastClosing();
    if (grouping == null) {
      grouping = grouping();
      end = grouping == null ? tokens.lastClosingOfOwn() : tokens.lastClosing();
    }
    tokens.leaveTo(outer);
    return aggregate(
        AggregateOp.valueOf(name.type().name()),
        args,
        grouping == null ? Grouping.NONE : grouping,
        new PositionRange(name.start(), end));
  }

  private @Nullable Grouping grouping() {
    boolean without = tokens.peekType() == TokenType.WITHOUT;
    if (!without && tokens.peekType() != TokenType.BY) {
      return null;
    }
    tokens.take();
    return new Grouping(selectors.grouping(), without);
  }

  private Expr aggregate(
      AggregateOp op, List<Expr> args, Grouping grouping, PositionRange position) {
    if (args.isEmpty()) {
      throw tokens.failure(position, "no arguments for aggregate expression provided");
    }
    if (op.isExperimental() && !options.experimentalFunctions()) {
      throw tokens.failure(
          position,
          op.text()
              + "() is experimental and must be enabled with"
              + " --enable-feature=promql-experimental-functions");
    }
    int wanted = op.hasParam() ? 2 : 1;
    if (args.size() != wanted) {
      throw tokens.failure(
          position,
          "wrong number of arguments for aggregate expression provided, expected "
              + wanted
              + ", got "
              + args.size());
    }
    Expr param = op.hasParam() ? args.getFirst() : null;
    return inner(
        new AggregateExpr(op, args.getLast(), param, grouping.labels, grouping.without, position));
  }

  private static @Nullable BinaryOp operator(TokenType type) {
    return switch (type) {
      case ADD -> BinaryOp.ADD;
      case SUB -> BinaryOp.SUB;
      case MUL -> BinaryOp.MUL;
      case DIV -> BinaryOp.DIV;
      case MOD -> BinaryOp.MOD;
      case POW -> BinaryOp.POW;
      case ATAN2 -> BinaryOp.ATAN2;
      case EQLC -> BinaryOp.EQL;
      case NEQ -> BinaryOp.NEQ;
      case LTE -> BinaryOp.LTE;
      case LSS -> BinaryOp.LSS;
      case GTE -> BinaryOp.GTE;
      case GTR -> BinaryOp.GTR;
      case TRIM_UPPER -> BinaryOp.TRIM_UPPER;
      case TRIM_LOWER -> BinaryOp.TRIM_LOWER;
      case AND -> BinaryOp.AND;
      case OR -> BinaryOp.OR;
      case UNLESS -> BinaryOp.UNLESS;
      default -> null;
    };
  }

  private static int precedence(BinaryOp op) {
    return switch (op) {
      case OR -> LOWEST;
      case AND, UNLESS -> 2;
      case EQL, NEQ, LTE, LSS, GTE, GTR, TRIM_UPPER, TRIM_LOWER -> 3;
      case ADD, SUB -> 4;
      case MUL, DIV, MOD, ATAN2 -> 5;
      case POW -> POWER;
    };
  }
}
