package io.pallium.promql.ast;

/// Where a node stands in the query.
///
/// @param start offset in UTF-8 bytes of its first character, from 0
/// @param end offset in UTF-8 bytes behind its last character
public record PositionRange(int start, int end) {
  /// From the start of `first` to the end of `last`.
  public static PositionRange spanning(PositionRange first, PositionRange last) {
    return new PositionRange(first.start, last.end);
  }
}
