package io.pallium.promql.parse;

import io.pallium.base.config.DataSize;
import io.pallium.base.config.Doc;

/// Bounds on a query, so that a hostile one costs little memory and stack.
public record ParserLimits(
    @Doc("The longest query, in UTF-8; a longer one is answered with 400.") DataSize maxLength,
    @Doc("How deep parentheses, calls, signs and powers of a query may nest; at most 200.")
        int maxNesting,
    @Doc(
            "How high the tree of a query may be: as nesting, and one for each operator of a chain"
                + " such as `a or b or c`; at most 1,000.")
        int maxDepth,
    @Doc("The most expressions, label matchers and grouping labels in one query.") int maxNodes) {
  /// What the stack of a thread bears; more of memory is for the budget to refuse.
  private static final int NESTING_BOUND = 200;

  private static final int DEPTH_BOUND = 1_000;

  /// 1 MiB, 200 levels of nesting, a tree 1,000 high, 100,000 nodes.
  public static final ParserLimits DEFAULT =
      new ParserLimits(DataSize.ofMebibytes(1), NESTING_BOUND, DEPTH_BOUND, 100_000);

  public ParserLimits {
    if (maxLength.bytes() < 1) {
      throw new IllegalArgumentException("max_length must be positive, was " + maxLength);
    }
    requireWithin("max_nesting", maxNesting, NESTING_BOUND);
    requireWithin("max_depth", maxDepth, DEPTH_BOUND);
    requireWithin("max_nodes", maxNodes, Integer.MAX_VALUE);
  }

  private static void requireWithin(String key, int value, int bound) {
    if (value < 1 || value > bound) {
      throw new IllegalArgumentException(key + " must be from 1 to " + bound + ", was " + value);
    }
  }
}
