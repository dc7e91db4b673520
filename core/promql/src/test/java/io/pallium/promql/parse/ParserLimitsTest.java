package io.pallium.promql.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.BadRequestException;
import io.pallium.promql.ast.DurationExpressions;
import io.pallium.promql.ast.Expr;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ParserLimitsTest {
  private static final int MANY = 100_000;

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
        .hasMessageEndingWith("query chains and nests more than the limit of 1000 operations");
  }

  @ParameterizedTest
  @MethodSource("deepQueries")
  void deepQueryIsRefused(String query) {
    assertThatThrownBy(() -> PromqlParser.parse(query, ParserOptions.ALL))
        .isInstanceOf(BadRequestException.class)
        .hasMessageEndingWith("query nests deeper than the limit of 200 levels");
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

  @Test
  void longQueryIsRefused() {
    String query = "é".repeat(20);

    assertThatThrownBy(
            () ->
                PromqlParser.parse(
                    query, ParserOptions.DEFAULT, new ParserLimits(39, 100, 1000, 1000)))
        .isInstanceOf(BadRequestException.class)
        .hasMessage("query of 40 bytes is longer than the limit of 39 bytes");
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
          .hasMessageEndingWith("query has more than the limit of 100000 expressions and labels");
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
