package io.pallium.promql.parse;

import io.pallium.promql.ast.PositionRange;

/// A token.
///
/// @param type its kind
/// @param start offset of its first byte in the query
/// @param end offset behind its last byte
/// @param text what was written; empty at the end of the query
record Token(TokenType type, int start, int end, String text) {
  PositionRange position() {
    return new PositionRange(start, end);
  }

  /// The token in the words of an error message.
  String describe() {
    return switch (type.group()) {
      case NAMED -> type.text() + " " + quoted();
      case PLAIN -> type == TokenType.END ? type.text() : quoted();
      case PREPROCESSOR -> quoted();
      case KEYWORD -> "<" + text + ">";
      case OPERATOR -> "<op:" + text + ">";
      case AGGREGATOR -> "<aggr:" + text + ">";
    };
  }

  private String quoted() {
    boolean isName = type == TokenType.IDENTIFIER || type == TokenType.METRIC_IDENTIFIER;
    if (isName || end - start <= 10) {
      return GoText.quote(text);
    }
    int length = text.offsetByCodePoints(0, Math.min(10, text.codePointCount(0, text.length())));
    return GoText.quote(text.substring(0, length)) + "...";
  }
}
