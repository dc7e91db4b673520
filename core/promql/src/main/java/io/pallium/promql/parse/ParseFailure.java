package io.pallium.promql.parse;

import io.pallium.base.BadRequestException;

/// Builds the exception for a query that cannot be parsed, worded and placed as in Prometheus.
final class ParseFailure {
  private ParseFailure() {}

  /// @param query the query in UTF-8
  /// @param start offset in bytes of what is wrong
  static BadRequestException at(byte[] query, int start, String message) {
    return new BadRequestException(place(query, start) + ": parse error: " + message);
  }

  private static String place(byte[] query, int start) {
    if (query.length == 0) {
      return "unknown position";
    }
    if (start < 0 || start > query.length) {
      return "invalid position";
    }
    int line = 1;
    int lastLineBreak = -1;
    for (int i = 0; i < start; i++) {
      if (query[i] == '\n') {
        line++;
        lastLineBreak = i;
      }
    }
    return line + ":" + (start - lastLineBreak);
  }
}
