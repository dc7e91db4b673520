package io.pallium.promql.parse;

/// What the parser accepts beyond the stable language.
///
/// @param experimentalFunctions functions and aggregations marked experimental
/// @param durationExpressions arithmetic in the place of durations, such as `[5m * 2]`
/// @param extendedRangeSelectors the `anchored` and `smoothed` modifiers
/// @param fillModifiers `fill`, `fill_left` and `fill_right` of binary operators
public record ParserOptions(
    boolean experimentalFunctions,
    boolean durationExpressions,
    boolean extendedRangeSelectors,
    boolean fillModifiers) {
  /// The stable language and nothing else.
  public static final ParserOptions NONE = new ParserOptions(false, false, false, false);

  /// What a Prometheus 3.14 without feature flags accepts: duration expressions are on in it.
  public static final ParserOptions DEFAULT = new ParserOptions(false, true, false, false);

  /// Everything that is known.
  public static final ParserOptions ALL = new ParserOptions(true, true, true, true);
}
