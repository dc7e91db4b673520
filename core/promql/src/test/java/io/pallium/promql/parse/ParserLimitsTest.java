package io.pallium.promql.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.BadRequestException;
import io.pallium.base.LimitExceededException;
import io.pallium.base.config.DataSize;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.promql.ast.DurationExpressions;
import io.pallium.promql.ast.Expr;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParserLimitsTest {
  private static final int MANY = 100_000;
  private static final MemoryBudget UNLIMITED = MemoryBudget.root("unlimited", Long.MAX_VALUE);

  static Stream<String> deepQueries() {
    return Stream.of(
        "(".repeat(MANY),
        "(".repeat(MANY) + "1" + ")".repeat(MANY),
        "-".repeat(MANY) + "foo",
        "sum(".repeat(MANY) + "foo",
        "1^".repeat(MANY) + "1",
        "foo[" + "(".repeat(MANY) + "5m",
        "foo[" + "-".repeat(MANY) + "5m]",
        "foo[" + "5m^".repeat(MANY) + "5m]",
        "foo[" + "max_of(".repeat(MANY) + "5m",
        "foo offset " + "-(".repeat(MANY) + "5m",
        "foo offset " + "-".repeat(MANY) + "5m");
  }

  static Stream<String> longChains() {
    return Stream.of(
        "foo or ".repeat(MANY) + "foo",
        "foo" + "[5m:]".repeat(MANY),
        "foo" + " anchored".repeat(MANY),
        "foo[" + "5m+".repeat(MANY) + "5m]");
  }

  @ParameterizedTest
  @MethodSource("longChains")
  void longChainIsRefused(String query) {
    assertThatThrownBy(() -> PromqlParser.parse(query, ParserOptions.ALL))
        .isInstanceOf(BadRequestException.class)
        .hasMessageEndingWith(
            "query chains and nests more than the limit of 1000 operations (querier.parser.max-depth)");
  }

  @ParameterizedTest
  @MethodSource("deepQueries")
  void deepQueryIsRefused(String query) {
    assertThatThrownBy(() -> PromqlParser.parse(query, ParserOptions.ALL))
        .isInstanceOf(BadRequestException.class)
        .hasMessageEndingWith(
            "query nests deeper than the limit of 200 levels (querier.parser.max-nesting)");
  }

  @Test
  void queryAsDeepAsAllowedNeedsLittleStack() throws InterruptedException {
    int depth = ParserLimits.DEFAULT.maxNesting() - 1;
    int chain = ParserLimits.DEFAULT.maxDepth() - 1;
    List<String> queries =
        List.of(
            "(".repeat(depth) + "foo" + ")".repeat(depth),
            "foo and ".repeat(chain) + "foo",
            "1^".repeat(depth - 1) + "1",
            "abs(".repeat(depth) + "foo" + ")".repeat(depth),
            "foo[" + "5m+".repeat(chain) + "5m]",
            "foo[" + "(".repeat(depth - 1) + "5m" + ")".repeat(depth - 1) + "]");
    AtomicReference<Throwable> failure = new AtomicReference<>();

    Thread thread = new Thread(null, () -> queries.forEach(this::useAll), "small", 3 << 18);
    thread.setUncaughtExceptionHandler((_, e) -> failure.set(e));
    thread.start();
    thread.join();

    assertThat(failure.get()).isNull();
  }

  private void useAll(String query) {
    Expr expr = PromqlParser.parse(query, ParserOptions.ALL);
    Expr resolved = DurationExpressions.resolve(expr, 0, 1000, 1000);
    assertThat(ExprPrinter.print(resolved)).isNotEmpty();
    assertThat(ExprPrinter.print(PromqlParser.parse(ExprPrinter.print(expr), ParserOptions.ALL)))
        .isEqualTo(ExprPrinter.print(expr));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"foo{a=\"b\"} or ", "1 + ", "sum by (a, b) (foo) + ", "foo{a=~\"x{9}.*|y+\"} or "})
  void treeIsReservedFromTheBudgetAtItsFullSize(String piece) {
    String query = piece.repeat(900) + "foo";
    MemoryBudget budget = MemoryBudget.root("querier.max-query-memory", 1 << 30);
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    var _ = PromqlParser.parse(query, ParserOptions.ALL);

    long before = threads.getCurrentThreadAllocatedBytes();
    var _ = PromqlParser.parse(query, ParserOptions.ALL, ParserLimits.DEFAULT, budget);
    long allocatedBytes = threads.getCurrentThreadAllocatedBytes() - before;

    // Of what is allocated, tokens and what regular expressions are compiled from do not stay.
    assertThat(allocatedBytes).isLessThan(4 * budget.reservedBytes());
    MemoryBudget small = MemoryBudget.root("querier.max-query-memory", budget.reservedBytes() - 1);
    assertThatThrownBy(
            () -> PromqlParser.parse(query, ParserOptions.ALL, ParserLimits.DEFAULT, small))
        .isInstanceOf(LimitExceededException.class)
        .hasMessageContaining("(querier.max-query-memory)");
  }

  @Test
  void limitsThatTheStackDoesNotBearAreRefused() {
    DataSize length = DataSize.ofMebibytes(1);
    assertThatThrownBy(() -> new ParserLimits(length, 201, 1000, 1000))
        .hasMessage("max_nesting must be from 1 to 200, was 201");
    assertThatThrownBy(() -> new ParserLimits(length, 200, 1001, 1000))
        .hasMessage("max_depth must be from 1 to 1000, was 1001");
    assertThatThrownBy(() -> new ParserLimits(length, 200, 1000, 0))
        .hasMessageStartingWith("max_nodes must be from 1");
  }

  @Test
  void longQueryIsRefused() {
    String query = "é".repeat(20);

    assertThatThrownBy(
            () ->
                PromqlParser.parse(
                    query,
                    ParserOptions.DEFAULT,
                    new ParserLimits(DataSize.ofBytes(39), 100, 1000, 1000),
                    UNLIMITED))
        .isInstanceOf(BadRequestException.class)
        .hasMessage(
            "query of 40 bytes is longer than the limit of 39 bytes (querier.parser.max-length)");
  }

  @Test
  void wideQueryIsRefused() {
    List<String> queries =
        List.of(
            "label_join(foo" + ",\"a\"".repeat(MANY) + ")",
            "foo{" + "a=\"b\",".repeat(MANY) + "}",
            "sum by (" + "a,".repeat(MANY) + ") (foo)");

    for (String query : queries) {
      assertThatThrownBy(() -> PromqlParser.parse(query, ParserOptions.ALL))
          .isInstanceOf(BadRequestException.class)
          .hasMessageEndingWith(
              "query has more than the limit of 100000 expressions and labels (querier.parser.max-nodes)");
    }
  }

  @Test
  void regularExpressionsThatGrowAreRefused() {
    String one = "foo{a=~\"" + "(x{500}|y)".repeat(500) + "\"}";

    assertThat(PromqlParser.parse(one, ParserOptions.DEFAULT)).isNotNull();

    assertThatThrownBy(
            () ->
                PromqlParser.parse(
                    String.join(" or ", List.of(one, one, one, one, one)), ParserOptions.DEFAULT))
        .isInstanceOf(BadRequestException.class)
        .hasMessageEndingWith("regular expressions of the query are too large");
  }
}
