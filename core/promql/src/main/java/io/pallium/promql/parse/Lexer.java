package io.pallium.promql.parse;

import static io.pallium.promql.parse.Utf8Source.EOF;

import io.pallium.base.BadRequestException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Cuts a query into tokens, one at a time and no earlier than asked, since which error comes first
/// depends on it. Comments are left out. Confined to one thread.
///
/// The language is not context-free at this level: inside braces there are no keywords, and inside
/// brackets a name is the word of a duration expression or nothing.
final class Lexer {
  private static final String DIGITS = "0123456789";
  private static final String HEX_DIGITS = "0123456789abcdefABCDEF";

  private final Utf8Source source;
  private int start;
  private int lastStart;
  private int parenDepth;
  private boolean isInBraces;
  private boolean isInBrackets;
  private boolean isAtDuration;
  private boolean hasColon;
  private boolean hasDuration;

  Lexer(Utf8Source source) {
    this.source = source;
  }

  /// The query in UTF-8.
  byte[] bytes() {
    return source.bytes();
  }

  /// The next token; the end again and again once it is reached.
  ///
  /// @throws BadRequestException if what follows is no token, or something is left open at the end
  Token next() {
    Token token = null;
    while (token == null) {
      start = source.position();
      if (isInBraces) {
        token = insideBraces();
      } else if (isAtDuration) {
        token = atDuration();
      } else {
        token = anywhere();
      }
    }
    lastStart = token.start();
    return token;
  }

  /// Where the closing parenthesis in front of the last token ends, if the last token is one too
  /// and only spaces lie between them; else `fallback`. A parser that had to look one token further
  /// than an expression finds the expression's end so.
  int endOfParenBeforeLast(int fallback) {
    byte[] bytes = source.bytes();
    if (fallback <= 0 || lastStart <= 0 || lastStart >= bytes.length || bytes[lastStart] != ')') {
      return fallback;
    }
    int i = lastStart - 1;
    while (i > 0 && isSpace(bytes[i])) {
      i--;
    }
    return i > 0 && bytes[i] == ')' ? i + 1 : fallback;
  }

  private @Nullable Token anywhere() {
    int c = source.next();
    return switch (c) {
      case EOF -> end();
      case ' ', '\t', '\n', '\r' -> null;
      case '#' -> comment();
      case ',' -> token(TokenType.COMMA);
      case '*' -> token(TokenType.MUL);
      case '/' -> token(TokenType.DIV);
      case '%' -> token(TokenType.MOD);
      case '+' -> token(TokenType.ADD);
      case '-' -> token(TokenType.SUB);
      case '^' -> token(TokenType.POW);
      case '@' -> token(TokenType.AT);
      case '=' -> equals();
      case '!' -> notEquals();
      case '<' -> compared(TokenType.LSS, TokenType.LTE, TokenType.TRIM_UPPER);
      case '>' -> compared(TokenType.GTR, TokenType.GTE, TokenType.TRIM_LOWER);
      case '"', '\'', '`' -> string(c);
      case '(' -> leftParen();
      case ')' -> rightParen();
      case '{' -> {
        isInBraces = true;
        yield token(TokenType.LEFT_BRACE);
      }
      case '[' -> leftBracket();
      case ']' -> rightBracket();
      default -> {
        if (beginsNumber(c)) {
          yield numberOrDuration();
        }
        if (!isAlpha(c) && c != ':') {
          throw failure("unexpected character: " + GoText.quoteRune(c));
        }
        yield isInBrackets ? colonOrDurationWord(c) : word();
      }
    };
  }

  private Token end() {
    if (parenDepth != 0) {
      throw failure("unclosed left parenthesis");
    }
    if (isInBrackets) {
      throw failure("unclosed left bracket");
    }
    return token(TokenType.END);
  }

  private @Nullable Token comment() {
    int c;
    do {
      c = source.next();
    } while (c != EOF && c != '\n' && c != '\r');
    return null;
  }

  private Token equals() {
    int c = source.peek();
    if (c == '~') {
      throw failure("unexpected character after '=': " + GoText.quoteRune(c));
    }
    return source.accept("=") ? token(TokenType.EQLC) : token(TokenType.EQL);
  }

  private Token notEquals() {
    int c = source.next();
    if (c != '=') {
      throw failure("unexpected character after '!': " + GoText.quoteRune(c));
    }
    return token(TokenType.NEQ);
  }

  private Token compared(TokenType plain, TokenType orEqual, TokenType trim) {
    if (source.accept("=")) {
      return token(orEqual);
    }
    return token(source.accept("/") ? trim : plain);
  }

  private Token leftParen() {
    parenDepth++;
    return token(TokenType.LEFT_PAREN);
  }

  private Token rightParen() {
    parenDepth--;
    if (parenDepth < 0) {
      throw failureBehind("unexpected right parenthesis ')'");
    }
    return token(TokenType.RIGHT_PAREN);
  }

  private Token leftBracket() {
    if (isInBrackets) {
      throw failure("unexpected left bracket '['");
    }
    hasColon = false;
    isInBrackets = true;
    isAtDuration = true;
    return token(TokenType.LEFT_BRACKET);
  }

  private Token rightBracket() {
    if (!isInBrackets) {
      throw failure("unexpected right bracket ']'");
    }
    isInBrackets = false;
    return token(TokenType.RIGHT_BRACKET);
  }

  private Token colonOrDurationWord(int c) {
    if (c == ':') {
      if (hasColon) {
        throw failure("unexpected colon ':'");
      }
      hasColon = true;
      return token(TokenType.COLON);
    }
    Token word = durationWord(c);
    if (word == null) {
      throw failure("unexpected character: " + GoText.quoteRune(c) + ", expected ':'");
    }
    return word;
  }

  /// From an opening bracket to the first number in it, or to its end.
  private @Nullable Token atDuration() {
    int c = source.next();
    return switch (c) {
      case EOF -> throw failure("unexpected end of input in duration expression");
      case ' ', '\t', '\n', '\r' -> null;
      case ']' -> {
        isInBrackets = false;
        isAtDuration = false;
        hasColon = false;
        yield token(TokenType.RIGHT_BRACKET);
      }
      case ':' -> colonAtDuration();
      case '(' -> leftParen();
      case ')' -> rightParen();
      case '+' -> token(TokenType.ADD);
      case '-' -> token(TokenType.SUB);
      case '*' -> token(TokenType.MUL);
      case '/' -> token(TokenType.DIV);
      case '%' -> token(TokenType.MOD);
      case '^' -> token(TokenType.POW);
      case ',' -> token(TokenType.COMMA);
      default -> {
        if (beginsNumber(c)) {
          hasDuration = true;
          isAtDuration = false;
          yield numberOrDuration();
        }
        Token word = durationWord(c);
        if (word == null) {
          throw failure("unexpected character in duration expression: " + GoText.quoteRune(c));
        }
        yield word;
      }
    };
  }

  private Token colonAtDuration() {
    if (!hasDuration) {
      throw failureBehind("unexpected colon before duration in duration expression");
    }
    if (hasColon) {
      throw failureBehind("unexpected repeated colon in duration expression");
    }
    hasColon = true;
    return token(TokenType.COLON);
  }

  private @Nullable Token durationWord(int first) {
    boolean canBegin = "srm".indexOf(Character.toLowerCase(first)) >= 0;
    if (!canBegin) {
      return null;
    }
    int c;
    do {
      c = source.next();
    } while (isAlpha(c));
    source.back();
    return switch (source.text(start, source.position()).toLowerCase(Locale.ROOT)) {
      case "step" -> token(TokenType.STEP);
      case "range" -> token(TokenType.RANGE);
      case "max_of" -> token(TokenType.MAX_OF);
      case "min_of" -> token(TokenType.MIN_OF);
      default -> null;
    };
  }

  private @Nullable Token insideBraces() {
    int c = source.next();
    return switch (c) {
      case EOF -> throw failure("unexpected end of input inside braces");
      case ' ', '\t', '\n', '\r' -> null;
      case '#' -> comment();
      case ',' -> token(TokenType.COMMA);
      case '"', '\'', '`' -> string(c);
      case '=' -> token(source.accept("~") ? TokenType.EQL_REGEX : TokenType.EQL);
      case '!' -> {
        int operator = source.next();
        if (operator != '~' && operator != '=') {
          throw failure(
              "unexpected character after '!' inside braces: " + GoText.quoteRune(operator));
        }
        yield token(operator == '~' ? TokenType.NEQ_REGEX : TokenType.NEQ);
      }
      case '{' -> throw failure("unexpected left brace '{'");
      case '}' -> {
        isInBraces = false;
        yield token(TokenType.RIGHT_BRACE);
      }
      default -> {
        if (!isAlpha(c)) {
          throw failure("unexpected character inside braces: " + GoText.quoteRune(c));
        }
        do {
          c = source.next();
        } while (isAlphaNumeric(c));
        source.back();
        yield token(TokenType.IDENTIFIER);
      }
    };
  }

  private Token string(int quote) {
    while (true) {
      int c = source.next();
      if (c == quote) {
        return token(TokenType.STRING);
      }
      if (c == Utf8Source.REPLACEMENT) {
        throw failure("invalid UTF-8 rune");
      }
      if (quote == '`') {
        if (c == EOF) {
          throw failure("unterminated raw string");
        }
      } else if (c == '\\') {
        escape(quote);
      } else if (c == EOF || c == '\n') {
        throw failure("unterminated quoted string");
      }
    }
  }

  private void escape(int quote) {
    int c = source.next();
    if (c == quote) {
      return;
    }
    switch (c) {
      case 'a', 'b', 'f', 'n', 'r', 't', 'v', '\\' -> {}
      case '0', '1', '2', '3', '4', '5', '6', '7' -> code(c, 3, 8, 0xFF);
      case 'x' -> code(source.next(), 2, 16, 0xFF);
      case 'u' -> code(source.next(), 4, 16, Character.MAX_CODE_POINT);
      case 'U' -> code(source.next(), 8, 16, Character.MAX_CODE_POINT);
      case EOF -> throw failure("escape sequence not terminated");
      default -> throw failure("unknown escape sequence " + GoText.unicode(c));
    }
  }

  private void code(int first, int digits, int base, int max) {
    long code = 0;
    int c = first;
    for (int i = 0; i < digits; i++) {
      int digit = c < 0x80 ? Character.digit(c, base) : -1;
      if (digit < 0) {
        throw failure(
            c == EOF
                ? "escape sequence not terminated"
                : "illegal character " + GoText.unicode(c) + " in escape sequence");
      }
      code = code * base + digit;
      c = i + 1 < digits ? source.next() : c;
    }
    if (code > max || (code >= 0xD800 && code < 0xE000)) {
      throw failure("escape sequence is an invalid Unicode code point");
    }
  }

  private Token word() {
    int c;
    do {
      c = source.next();
    } while (isAlphaNumeric(c) || c == ':');
    source.back();
    String word = source.text(start, source.position());
    TokenType type = TokenType.ofWord(word);
    if (type == null) {
      boolean hasColonInside = word.indexOf(':') >= 0;
      return token(hasColonInside ? TokenType.METRIC_IDENTIFIER : TokenType.IDENTIFIER);
    }
    // These came late to the language: they stay names where nothing is in parentheses behind them.
    boolean isFill =
        type == TokenType.FILL || type == TokenType.FILL_LEFT || type == TokenType.FILL_RIGHT;
    return token(isFill && !isBeforeLeftParen() ? TokenType.IDENTIFIER : type);
  }

  private boolean isBeforeLeftParen() {
    byte[] bytes = source.bytes();
    int i = source.position();
    while (i < bytes.length && isSpace(bytes[i])) {
      i++;
    }
    return i < bytes.length && bytes[i] == '(';
  }

  private Token numberOrDuration() {
    source.back();
    if (isNumber()) {
      return token(TokenType.NUMBER);
    }
    if (isRestOfDuration()) {
      source.back();
      return token(TokenType.DURATION);
    }
    String text = source.text(start, source.position());
    throw failure("bad number or duration syntax: " + GoText.quote(text));
  }

  /// Takes a number, or as much of it as makes one; the parser sees whether it really is one.
  private boolean isNumber() {
    String digits = DIGITS;
    if (source.accept("0") && source.accept("xX")) {
      source.accept("_");
      digits = HEX_DIGITS;
    }
    source.accept(".");
    source.accept(digits);
    boolean hasDot = false;
    boolean hasExponent = false;
    String continuing = digits + "._eE";
    while (source.isNext(continuing)) {
      if (source.accept(".")) {
        // No second dot, none before another separator, and none in hexadecimal.
        if (hasDot || source.accept("_.") || !digits.equals(DIGITS)) {
          return false;
        }
        hasDot = true;
      } else if (source.accept("eE")) {
        if (hasExponent) {
          return false;
        }
        hasExponent = true;
        source.accept("+-");
        if (isSeparatorOrEnd()) {
          return false;
        }
      } else if (source.accept("_")) {
        if (isSeparatorOrEnd()) {
          return false;
        }
      } else {
        source.acceptAll(digits);
      }
    }
    return source.position() > start && !isAlphaNumeric(source.peek());
  }

  private boolean isSeparatorOrEnd() {
    return source.accept("._eE") || source.peek() == EOF;
  }

  /// Takes what follows the first number of a duration and one character more. A unit that does not
  /// exist is found when the duration is read.
  private boolean isRestOfDuration() {
    if (!source.accept("smhdwy")) {
      return false;
    }
    source.accept("s");
    while (source.accept(DIGITS)) {
      source.acceptAll(DIGITS);
      if (!source.accept("smhdw")) {
        return false;
      }
      source.accept("s");
    }
    return !isAlphaNumeric(source.next());
  }

  private Token token(TokenType type) {
    int end = source.position();
    return new Token(type, start, end, source.text(start, end));
  }

  private BadRequestException failure(String message) {
    return ParseFailure.at(source.bytes(), start, message);
  }

  /// For what is noticed only once the token is complete.
  private BadRequestException failureBehind(String message) {
    return ParseFailure.at(source.bytes(), source.position(), message);
  }

  private boolean beginsNumber(int c) {
    return isDigit(c) || (c == '.' && source.isNext(DIGITS));
  }

  private static boolean isSpace(int c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isAlpha(int c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private static boolean isAlphaNumeric(int c) {
    return isAlpha(c) || isDigit(c);
  }
}
