package io.pallium.promql.parse;

import io.pallium.base.BadRequestException;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.promql.ast.Expr;
import java.util.List;

/// Parses PromQL as of Prometheus 3.14. Any text ends in a tree or in a [BadRequestException] with
/// the message that Prometheus has for it, such as `1:5: parse error: unexpected "}"`: line, and
/// column in bytes of UTF-8, both from 1.
///
/// Cost is linear in the length of the text. Source: Prometheus 3.14, promql/parser.
public final class PromqlParser {
  private PromqlParser() {}

  /// A query within the default limits.
  ///
  /// @throws BadRequestException if it cannot be parsed, does not type-check, or is over a limit
  public static Expr parse(String query, ParserOptions options) {
    return parse(query, options, ParserLimits.DEFAULT, unlimited());
  }

  /// A query within given limits.
  ///
  /// @param budget where the memory of the tree is reserved; given back by whoever opened it
  /// @throws BadRequestException if it cannot be parsed, does not type-check, or is over a limit
  /// @throws io.pallium.base.LimitExceededException if its tree needs more than the budget has
  public static Expr parse(
      String query, ParserOptions options, ParserLimits limits, MemoryBudget budget) {
    TokenStream tokens = new TokenStream(query, limits, budget);
    Expr expr = new ExpressionGrammar(tokens, options).query();
    return new TypeChecker(tokens.query()).check(expr);
  }

  /// The matchers of a selector such as `up{job="a"}`, that for the metric name last. A selector
  /// that matches everything is allowed.
  ///
  /// @throws BadRequestException if it cannot be parsed or is over a limit
  public static List<LabelMatcher> parseMetricSelector(String selector) {
    TokenStream tokens = new TokenStream(selector, ParserLimits.DEFAULT, unlimited());
    List<LabelMatcher> matchers = new SelectorGrammar(tokens).selector().matchers();
    requireEnd(tokens);
    return matchers;
  }

  /// The labels of one series such as `up{job="a"}`. Of labels with one name the last one counts.
  ///
  /// @throws BadRequestException if it cannot be parsed or is over a limit
  public static Labels parseMetric(String metric) {
    TokenStream tokens = new TokenStream(metric, ParserLimits.DEFAULT, unlimited());
    Labels labels = new SelectorGrammar(tokens).metric();
    requireEnd(tokens);
    return labels;
  }

  private static MemoryBudget unlimited() {
    return MemoryBudget.root("unlimited", Long.MAX_VALUE);
  }

  private static void requireEnd(TokenStream tokens) {
    if (tokens.peekType() != TokenType.END) {
      throw tokens.unexpected();
    }
  }
}
