package io.pallium.promql.parse;

import io.pallium.base.BadRequestException;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.promql.ast.PositionRange;
import org.jspecify.annotations.Nullable;

/// The tokens of a query with one token of look-ahead, read no earlier than asked, and what the
/// grammar rules share: the context that an unexpected token is reported in, and the limits.
/// Confined to one thread.
final class TokenStream {
  /// How much larger than their text the regular expressions of a query may be together.
  private static final int MAX_REGEX_SIZE = 1_000_000;

  /// A node of the tree with its place in the node above, its position and its lists.
  private static final int BYTES_PER_NODE = 384;

  /// The query's own bytes, and its texts as they stand in the tree.
  private static final int BYTES_PER_BYTE = 4;

  private static final int BYTES_PER_REGEX_INSTRUCTION = 64;

  private final Lexer lexer;
  private final ParserLimits limits;
  private final MemoryBudget budget;
  private @Nullable Token next;
  private Token last = new Token(TokenType.END, 0, 0, "");
  private int lastClosing;
  private Context context = Context.NONE;
  private int depth;
  private int nodes;
  private int regexSize;

  /// @param budget takes what the tree needs, before it is there
  TokenStream(String query, ParserLimits limits, MemoryBudget budget) {
    budget.reserve((long) BYTES_PER_BYTE * query.length());
    Utf8Source source = new Utf8Source(query);
    if (source.bytes().length > limits.maxLength().bytes()) {
      throw new BadRequestException(
          "query of "
              + source.bytes().length
              + " bytes is longer than the limit of "
              + limits.maxLength().bytes()
              + " bytes (querier.parser.max-length)");
    }
    this.lexer = new Lexer(source);
    this.limits = limits;
    this.budget = budget;
  }

  /// What the grammar is in the middle of, for the message about an unexpected token.
  ///
  /// @param place what it is in; empty if nothing is worth mentioning
  /// @param expected what should come next; empty if that is not said
  record Context(String place, String expected) {
    static final Context NONE = new Context("", "");
  }

  /// The next token, which stays.
  Token peek() {
    if (next == null) {
      next = lexer.next();
      last = next;
      switch (next.type()) {
        case RIGHT_BRACE, RIGHT_PAREN, RIGHT_BRACKET, DURATION, NUMBER -> lastClosing = next.end();
        default -> {}
      }
    }
    return next;
  }

  /// The kind of the next token, which stays.
  TokenType peekType() {
    return peek().type();
  }

  /// Takes the next token.
  Token take() {
    Token token = peek();
    next = null;
    return token;
  }

  /// Takes the next token if it is of a kind; else null.
  @Nullable Token takeIf(TokenType type) {
    return peekType() == type ? take() : null;
  }

  /// Takes the next token, which must be of a kind.
  Token expect(TokenType type) {
    if (peekType() != type) {
      throw unexpected();
    }
    return take();
  }

  /// Where the last token that may close an expression ends, looked-ahead ones included.
  int lastClosing() {
    return lastClosing;
  }

  /// As [#lastClosing], but not misled by a closing parenthesis that was only looked at.
  int lastClosingOfOwn() {
    return lexer.endOfParenBeforeLast(lastClosing);
  }

  /// Enters a context; gives the one to return to.
  Context enter(Context inner) {
    Context outer = context;
    context = inner;
    return outer;
  }

  /// Returns to a context.
  void leaveTo(Context outer) {
    context = outer;
  }

  /// The next token has no place here.
  BadRequestException unexpected() {
    return unexpected(context);
  }

  /// The next token has no place in a context.
  BadRequestException unexpected(Context in) {
    Token token = peek();
    StringBuilder message = new StringBuilder("unexpected ").append(token.describe());
    if (!in.place.isEmpty()) {
      message.append(" in ").append(in.place);
    }
    if (!in.expected.isEmpty()) {
      message.append(", expected ").append(in.expected);
    }
    return failure(token.start(), message.toString());
  }

  /// Something is wrong at a place.
  BadRequestException failure(PositionRange at, String message) {
    return failure(at.start(), message);
  }

  /// Something is wrong at the token read last.
  BadRequestException failureAtLast(String message) {
    return failure(last.start(), message);
  }

  private BadRequestException failure(int start, String message) {
    return ParseFailure.at(lexer.bytes(), start, message);
  }

  /// The query in UTF-8.
  byte[] query() {
    return lexer.bytes();
  }

  /// Goes one level deeper into the query.
  void descend() {
    depth++;
    if (depth > limits.maxNesting()) {
      throw failureAtLast(
          "query nests deeper than the limit of "
              + limits.maxNesting()
              + " levels (querier.parser.max-nesting)");
    }
  }

  /// Comes back up one level.
  void ascend() {
    depth--;
  }

  /// Counts a node of the tree.
  void countNode() {
    nodes++;
    if (nodes > limits.maxNodes()) {
      throw failureAtLast(
          "query has more than the limit of "
              + limits.maxNodes()
              + " expressions and labels (querier.parser.max-nodes)");
    }
    budget.reserve(BYTES_PER_NODE);
  }

  /// Counts the instructions of a regular expression. Those that are mere text are not held against
  /// a query, since its length is limited already.
  void countRegex(int instructions, int lengthChars) {
    budget.reserve((long) BYTES_PER_REGEX_INSTRUCTION * instructions);
    regexSize += Math.max(0, instructions - lengthChars);
    if (regexSize > MAX_REGEX_SIZE) {
      throw failureAtLast("regular expressions of the query are too large");
    }
  }

  /// Checks the height of a tree.
  void checkHeight(int height) {
    if (height > limits.maxDepth()) {
      throw failureAtLast(
          "query chains and nests more than the limit of "
              + limits.maxDepth()
              + " operations (querier.parser.max-depth)");
    }
  }
}
