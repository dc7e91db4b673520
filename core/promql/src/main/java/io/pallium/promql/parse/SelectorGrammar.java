package io.pallium.promql.parse;

import io.pallium.base.BadRequestException;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.promql.ast.PositionRange;
import io.pallium.promql.ast.TimeModifiers;
import io.pallium.promql.ast.VectorSelector;
import io.pallium.promql.ast.VectorSelector.Edges;
import io.pallium.promql.parse.TokenStream.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The rules for metric names, label matchers, label sets and lists of label names. Confined to one
/// thread.
final class SelectorGrammar {
  private static final Context MATCHER = new Context("label matching", "identifier or \"}\"");
  private static final Context MATCH_OPERATOR =
      new Context("label matching", "label matching operator");
  private static final Context MATCH_VALUE = new Context("label matching", "string");
  private static final Context MATCHER_END = new Context("label matching", "\",\" or \"}\"");
  private static final Context LABEL = new Context("label set", "identifier or \"}\"");
  private static final Context LABEL_OPERATOR = new Context("label set", "\"=\"");
  private static final Context LABEL_VALUE = new Context("label set", "string");
  private static final Context LABEL_END = new Context("label set", "\",\" or \"}\"");
  private static final Context GROUPING = new Context("grouping opts", "\"(\"");
  private static final Context GROUPING_LABEL = new Context("grouping opts", "label");
  private static final Context GROUPING_END = new Context("grouping opts", "\",\" or \")\"");

  private final TokenStream tokens;

  SelectorGrammar(TokenStream tokens) {
    this.tokens = tokens;
  }

  /// A selector: a name, matchers in braces, or both.
  VectorSelector selector() {
    boolean hasName = tokens.peekType().canBeMetricName();
    if (!hasName && tokens.peekType() != TokenType.LEFT_BRACE) {
      throw tokens.unexpected();
    }
    return hasName ? selector(tokens.take()) : selectorWithoutName();
  }

  /// The selector whose name was taken.
  VectorSelector selector(Token name) {
    tokens.countNode();
    List<LabelMatcher> matchers = new ArrayList<>();
    int end = name.end();
    if (tokens.peekType() == TokenType.LEFT_BRACE) {
      end = matchers(matchers);
    }
    matchers.add(LabelMatcher.of(LabelMatcher.Type.EQUAL, Labels.METRIC_NAME, name.text()));
    return selector(name.text(), matchers, new PositionRange(name.start(), end));
  }

  private VectorSelector selectorWithoutName() {
    tokens.countNode();
    int start = tokens.peek().start();
    List<LabelMatcher> matchers = new ArrayList<>();
    int end = matchers(matchers);
    return selector("", matchers, new PositionRange(start, end));
  }

  private static VectorSelector selector(
      String name, List<LabelMatcher> matchers, PositionRange position) {
    return new VectorSelector(name, matchers, TimeModifiers.NONE, Edges.PLAIN, false, position);
  }

  /// Collects the matchers in braces; gives the offset behind the closing brace.
  private int matchers(List<LabelMatcher> into) {
    tokens.expect(TokenType.LEFT_BRACE);
    Token close = tokens.takeIf(TokenType.RIGHT_BRACE);
    while (close == null) {
      into.add(matcher());
      tokens.countNode();
      close = endOfItem(TokenType.RIGHT_BRACE, MATCHER_END);
    }
    return close.end();
  }

  /// Takes a comma, a closing token, or both; gives the closing token, or null if the list goes on.
  private @Nullable Token endOfItem(TokenType closing, Context context) {
    if (tokens.takeIf(TokenType.COMMA) == null && tokens.peekType() != closing) {
      throw tokens.unexpected(context);
    }
    return tokens.takeIf(closing);
  }

  private LabelMatcher matcher() {
    Token name = tokens.peek();
    switch (name.type()) {
      case IDENTIFIER -> {
        tokens.take();
        LabelMatcher.Type type = matchOperator();
        if (type == null) {
          throw tokens.unexpected(MATCH_OPERATOR);
        }
        return matcher(name, name.text(), type);
      }
      case STRING -> {
        tokens.take();
        String text = text(name);
        LabelMatcher.Type type = matchOperator();
        return type == null
            ? LabelMatcher.of(LabelMatcher.Type.EQUAL, Labels.METRIC_NAME, text)
            : matcher(name, text, type);
      }
      default -> throw tokens.unexpected(MATCHER);
    }
  }

  private LabelMatcher matcher(Token at, String name, LabelMatcher.Type type) {
    tokens.take();
    if (tokens.peekType() != TokenType.STRING) {
      throw tokens.unexpected(MATCH_VALUE);
    }
    String value = text(tokens.take());
    LabelMatcher matcher;
    try {
      matcher = LabelMatcher.of(type, name, value);
    } catch (BadRequestException e) {
      throw tokens.failure(at.position(), e.getMessage());
    }
    tokens.countRegex(matcher.regexSize(), value.length());
    return matcher;
  }

  private LabelMatcher.@Nullable Type matchOperator() {
    return switch (tokens.peekType()) {
      case EQL -> LabelMatcher.Type.EQUAL;
      case NEQ -> LabelMatcher.Type.NOT_EQUAL;
      case EQL_REGEX -> LabelMatcher.Type.REGEX;
      case NEQ_REGEX -> LabelMatcher.Type.NOT_REGEX;
      default -> null;
    };
  }

  /// The labels of one series, in the form of the exposition format.
  Labels metric() {
    Map<String, String> labels = new TreeMap<>();
    Token name = tokens.peekType().canBeMetricName() ? tokens.take() : null;
    if (tokens.takeIf(TokenType.LEFT_BRACE) != null) {
      Token close = tokens.takeIf(TokenType.RIGHT_BRACE);
      while (close == null) {
        label(labels);
        tokens.countNode();
        close = endOfItem(TokenType.RIGHT_BRACE, LABEL_END);
      }
    }
    if (name != null) {
      labels.put(Labels.METRIC_NAME, name.text());
    }
    return Labels.of(labels);
  }

  private void label(Map<String, String> into) {
    Token name = tokens.peek();
    boolean isQuoted = name.type() == TokenType.STRING;
    if (!isQuoted && name.type() != TokenType.IDENTIFIER) {
      throw tokens.unexpected(LABEL);
    }
    tokens.take();
    String text = isQuoted ? text(name) : name.text();
    if (tokens.takeIf(TokenType.EQL) != null) {
      if (tokens.peekType() != TokenType.STRING) {
        throw tokens.unexpected(LABEL_VALUE);
      }
      into.put(text, text(tokens.take()));
    } else if (isQuoted) {
      into.put(Labels.METRIC_NAME, text);
    } else {
      throw tokens.unexpected(LABEL_OPERATOR);
    }
  }

  /// Label names in parentheses.
  List<String> grouping() {
    if (tokens.takeIf(TokenType.LEFT_PAREN) == null) {
      throw tokens.unexpected(GROUPING);
    }
    List<String> labels = new ArrayList<>();
    Token close = tokens.takeIf(TokenType.RIGHT_PAREN);
    while (close == null) {
      labels.add(groupingLabel());
      tokens.countNode();
      close = endOfItem(TokenType.RIGHT_PAREN, GROUPING_END);
    }
    return labels;
  }

  /// Label names in parentheses, or nothing if an expression follows.
  List<String> optionalGrouping() {
    boolean isAbsent =
        tokens.peekType() != TokenType.LEFT_PAREN && tokens.peekType().canBeginExpression();
    return isAbsent ? List.of() : grouping();
  }

  private String groupingLabel() {
    if (tokens.peekType().canBeGroupingLabel()) {
      return tokens.take().text();
    }
    if (tokens.peekType() != TokenType.STRING) {
      throw tokens.unexpected(GROUPING_LABEL);
    }
    Token token = tokens.take();
    String name = Literals.unquote(token.text());
    if (name.isEmpty() || EscapedBytes.isIn(name)) {
      throw tokens.failure(
          token.position(), "invalid label name for grouping: " + GoText.quote(name));
    }
    return name;
  }

  /// What a string token stands for; bytes that are not UTF-8 become U+FFFD.
  private static String text(Token token) {
    return EscapedBytes.replace(Literals.unquote(token.text()));
  }
}
