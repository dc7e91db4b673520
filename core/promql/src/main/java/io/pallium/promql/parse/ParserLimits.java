package io.pallium.promql.parse;

/// Bounds on a query, so that a hostile one costs little memory and stack.
///
/// @param maxLengthBytes the longest query, in bytes of UTF-8
/// @param maxNesting how deep parentheses, calls, signs and powers may nest
/// @param maxDepth how high the tree may be: as nesting, and one for each operator of a chain such
///   as `a or b or c`
/// @param maxNodes the most expressions, label matchers and grouping labels in one query
public record ParserLimits(int maxLengthBytes, int maxNesting, int maxDepth, int maxNodes) {
  /// 1 MiB, 200 levels of nesting, a tree 1,000 high, 100,000 nodes.
  public static final ParserLimits DEFAULT = new ParserLimits(1 << 20, 200, 1_000, 100_000);
}
