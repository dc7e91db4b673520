package io.pallium.promql.parse;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The kinds of token. The groups decide how a token is described in an error message.
enum TokenType {
  END(Group.PLAIN, "end of input"),
  IDENTIFIER(Group.NAMED, "identifier"),
  METRIC_IDENTIFIER(Group.NAMED, "metric identifier"),
  STRING(Group.NAMED, "string"),
  NUMBER(Group.NAMED, "number"),
  DURATION(Group.NAMED, "duration"),

  LEFT_PAREN(Group.PLAIN, "("),
  RIGHT_PAREN(Group.PLAIN, ")"),
  LEFT_BRACE(Group.PLAIN, "{"),
  RIGHT_BRACE(Group.PLAIN, "}"),
  LEFT_BRACKET(Group.PLAIN, "["),
  RIGHT_BRACKET(Group.PLAIN, "]"),
  COMMA(Group.PLAIN, ","),
  COLON(Group.PLAIN, ":"),
  EQL(Group.PLAIN, "="),

  ADD(Group.OPERATOR, "+"),
  SUB(Group.OPERATOR, "-"),
  MUL(Group.OPERATOR, "*"),
  DIV(Group.OPERATOR, "/"),
  MOD(Group.OPERATOR, "%"),
  POW(Group.OPERATOR, "^"),
  EQLC(Group.OPERATOR, "=="),
  NEQ(Group.OPERATOR, "!="),
  LTE(Group.OPERATOR, "<="),
  LSS(Group.OPERATOR, "<"),
  GTE(Group.OPERATOR, ">="),
  GTR(Group.OPERATOR, ">"),
  TRIM_UPPER(Group.OPERATOR, "</"),
  TRIM_LOWER(Group.OPERATOR, ">/"),
  EQL_REGEX(Group.OPERATOR, "=~"),
  NEQ_REGEX(Group.OPERATOR, "!~"),
  AT(Group.OPERATOR, "@"),
  AND(Group.OPERATOR, "and"),
  OR(Group.OPERATOR, "or"),
  UNLESS(Group.OPERATOR, "unless"),
  ATAN2(Group.OPERATOR, "atan2"),

  AVG(Group.AGGREGATOR, "avg"),
  BOTTOMK(Group.AGGREGATOR, "bottomk"),
  COUNT(Group.AGGREGATOR, "count"),
  COUNT_VALUES(Group.AGGREGATOR, "count_values"),
  GROUP(Group.AGGREGATOR, "group"),
  MAX(Group.AGGREGATOR, "max"),
  MIN(Group.AGGREGATOR, "min"),
  QUANTILE(Group.AGGREGATOR, "quantile"),
  STDDEV(Group.AGGREGATOR, "stddev"),
  STDVAR(Group.AGGREGATOR, "stdvar"),
  SUM(Group.AGGREGATOR, "sum"),
  TOPK(Group.AGGREGATOR, "topk"),
  LIMITK(Group.AGGREGATOR, "limitk"),
  LIMIT_RATIO(Group.AGGREGATOR, "limit_ratio"),

  BOOL(Group.KEYWORD, "bool"),
  BY(Group.KEYWORD, "by"),
  GROUP_LEFT(Group.KEYWORD, "group_left"),
  GROUP_RIGHT(Group.KEYWORD, "group_right"),
  FILL(Group.KEYWORD, "fill"),
  FILL_LEFT(Group.KEYWORD, "fill_left"),
  FILL_RIGHT(Group.KEYWORD, "fill_right"),
  IGNORING(Group.KEYWORD, "ignoring"),
  OFFSET(Group.KEYWORD, "offset"),
  SMOOTHED(Group.KEYWORD, "smoothed"),
  ANCHORED(Group.KEYWORD, "anchored"),
  ON(Group.KEYWORD, "on"),
  WITHOUT(Group.KEYWORD, "without"),

  START(Group.PREPROCESSOR, "start"),
  END_OF_RANGE(Group.PREPROCESSOR, "end"),
  STEP(Group.PREPROCESSOR, "step"),
  RANGE(Group.PREPROCESSOR, "range"),
  MAX_OF(Group.PREPROCESSOR, "max_of"),
  MIN_OF(Group.PREPROCESSOR, "min_of");

  /// Kinds that are described alike.
  enum Group {
    /// Described by what was written, quoted.
    PLAIN,
    /// Described by the kind's name and what was written.
    NAMED,
    OPERATOR,
    AGGREGATOR,
    KEYWORD,
    /// Names that are functions or metrics too, as `start`.
    PREPROCESSOR
  }

  private static final Map<String, TokenType> WORDS = words();

  private final Group group;
  private final String text;

  TokenType(Group group, String text) {
    this.group = group;
    this.text = text;
  }

  /// The group that it belongs to.
  Group group() {
    return group;
  }

  /// What is written for it, or for named kinds and the end its name.
  String text() {
    return text;
  }

  /// The kind of a reserved word in any case; null if the word is not reserved.
  static @Nullable TokenType ofWord(String word) {
    return WORDS.get(word.toLowerCase(Locale.ROOT));
  }

  /// Whether a metric may be called so where it cannot be mistaken.
  boolean canBeMetricName() {
    return switch (group) {
      case AGGREGATOR, PREPROCESSOR -> true;
      case KEYWORD ->
          this != BOOL
              && this != GROUP_LEFT
              && this != GROUP_RIGHT
              && this != IGNORING
              && this != ON;
      case OPERATOR -> this == AND || this == OR || this == UNLESS;
      case NAMED -> this == IDENTIFIER || this == METRIC_IDENTIFIER;
      case PLAIN -> false;
    };
  }

  /// Whether a label may be called so in a grouping.
  boolean canBeGroupingLabel() {
    return this == ATAN2
        || (group == Group.KEYWORD && this != WITHOUT)
        || (canBeMetricName() && this != WITHOUT);
  }

  /// Whether an expression can begin with it.
  boolean canBeginExpression() {
    return canBeMetricName()
        || switch (this) {
          case STRING, NUMBER, DURATION, LEFT_PAREN, LEFT_BRACE, ADD, SUB -> true;
          default -> false;
        };
  }

  private static Map<String, TokenType> words() {
    Map<String, TokenType> words = new HashMap<>();
    for (TokenType type : values()) {
      boolean isWord =
          switch (type.group) {
            case AGGREGATOR, KEYWORD, PREPROCESSOR -> true;
            case OPERATOR -> Character.isLetter(type.text.charAt(0));
            case PLAIN, NAMED -> false;
          };
      if (isWord) {
        words.put(type.text, type);
      }
    }
    words.put("inf", NUMBER);
    words.put("nan", NUMBER);
    return Map.copyOf(words);
  }
}
