package io.pallium.promql.parse;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.BadRequestException;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.promql.ast.Expr;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class PromqlParserPropertyTest {
  private static final List<String> PIECES =
      List.of(
          "(",
          ")",
          "{",
          "}",
          "[",
          "]",
          ",",
          ":",
          "+",
          "-",
          "*",
          "/",
          "%",
          "^",
          "==",
          "!=",
          "<=",
          ">/",
          "</",
          "=~",
          "!~",
          "=",
          "@",
          " and ",
          " or ",
          "sum",
          "topk",
          " by ",
          "without",
          "on",
          "ignoring",
          "group_left",
          "bool ",
          " offset ",
          " smoothed",
          "fill(",
          "start()",
          "step()",
          "range",
          "max_of(",
          "5m",
          "1",
          "0",
          "1e",
          "0x",
          "\"a\"",
          "'",
          "`",
          "foo",
          "a:b",
          "inf",
          "rate(foo[5m])",
          "[5m:1m]",
          "{a=\"b\"}",
          "{a=~\"(\"}",
          " ",
          "\n",
          "#",
          "!",
          "\\",
          "é",
          "\ud83d",
          "\ufffd",
          "\u0000",
          "\"\\xff\"",
          "info(",
          "histogram_quantile(0.9,",
          "1y");

  @Property(tries = 5_000)
  void anyTextEndsInATreeOrABadRequest(@ForAll String text) {
    assertEndsWell(text);
  }

  @Property(tries = 20_000)
  void anyTokensEndInATreeOrABadRequest(@ForAll("tokens") String text) {
    assertEndsWell(text);
  }

  @Property(tries = 2_000)
  void damagedQueryEndsInATreeOrABadRequest(
      @ForAll("queries") String query, @ForAll("tokens") String damage, @ForAll int at) {
    int from = Math.floorMod(at, query.length() + 1);
    int to = Math.min(query.length(), from + damage.length());

    assertEndsWell(query.substring(0, from) + damage + query.substring(to));
    assertEndsWell(query.substring(0, from) + damage);
  }

  @Property(tries = 5_000)
  void printedQueryParsesToTheSameTree(@ForAll("queries") String query) {
    Expr expr = PromqlParser.parse(query, ParserOptions.ALL);

    String printed = ExprPrinter.print(expr);
    String pretty = ExprPrettyPrinter.print(expr, MemoryBudget.root("text", Long.MAX_VALUE));

    assertThat(withoutPositions(printed)).isEqualTo(withoutPositions(query));
    assertThat(withoutPositions(pretty)).isEqualTo(withoutPositions(query));
  }

  private static void assertEndsWell(String query) {
    for (ParserOptions options : List.of(ParserOptions.DEFAULT, ParserOptions.ALL)) {
      try {
        Expr expr = PromqlParser.parse(query, options);
        String printed = ExprPrinter.print(expr);
        String again = ExprPrinter.print(PromqlParser.parse(printed, options));
        assertThat(withoutSignOfInf(again)).isEqualTo(withoutSignOfInf(printed));
      } catch (BadRequestException e) {
        assertThat(e.getMessage()).isNotEmpty();
      }
    }
  }

  /// `inf ^ x` is printed as `+Inf ^ x`, as Prometheus does, where the sign belongs to the power.
  private static String withoutSignOfInf(String printed) {
    return printed.replaceAll("\\++Inf", "Inf");
  }

  private static String withoutPositions(String query) {
    return PromqlParser.parse(query, ParserOptions.ALL)
        .toString()
        .replaceAll("PositionRange\\[[^]]*]", "");
  }

  @Provide
  Arbitrary<String> tokens() {
    return Arbitraries.of(PIECES).list().ofMaxSize(12).map(pieces -> String.join("", pieces));
  }

  @Provide
  Arbitrary<String> queries() {
    return vectors(3);
  }

  private static Arbitrary<String> vectors(int depth) {
    Arbitrary<String> selectors =
        Combinators.combine(
                Arbitraries.of("foo", "a:b", "{\"f oo\"}", "{b!=\"\"}", "by{a=\"\\xe9\"}"),
                Arbitraries.of("", " anchored", " @ 1.5", " @ end()"),
                offsets())
            .as((name, modifier, offset) -> name + modifier + offset);
    if (depth == 0) {
      return selectors;
    }
    Arbitrary<String> vector = vectors(depth - 1);
    return Arbitraries.oneOf(
        selectors,
        Combinators.combine(vector, operators(), vector)
            .as((a, op, b) -> "(" + a + ") " + op + " (" + b + ")"),
        Combinators.combine(vector, scalars()).as((a, b) -> "(" + a + ") * " + b),
        vector.map(a -> "-(" + a + ")"),
        Combinators.combine(
                Arbitraries.of("sum", "avg by (a, \"b c\")", "count without ()"), vector)
            .as((op, a) -> op + "(" + a + ")"),
        Combinators.combine(scalars(), vector).as((k, a) -> "topk by (a) (" + k + ", " + a + ")"),
        Combinators.combine(vector, subqueryRanges(), offsets())
            .as((a, range, offset) -> "rate((" + a + ")[" + range + ":]" + offset + ")"),
        Combinators.combine(subqueryRanges(), durations(), offsets())
            .as((range, step, offset) -> "deriv(foo[" + range + ":" + step + "]" + offset + ")"),
        Combinators.combine(durations(), offsets())
            .as((range, offset) -> "increase(foo{x=~\"é.*\"}[" + range + "]" + offset + ")"),
        vector.map(a -> "label_replace(" + a + ", \"d\", \"$1\", 's\\\\n', `(.*)\"`)"),
        Combinators.combine(vector, scalars()).as((a, b) -> "round(" + a + ", " + b + ")"));
  }

  private static Arbitrary<String> operators() {
    return Arbitraries.of(
        "+",
        "- on() ",
        "* on(a) group_left(b)",
        "/ ignoring(a) group_right()",
        "% ",
        "^",
        "atan2",
        "== bool",
        "!=",
        ">/",
        "and",
        "or on(a)",
        "unless",
        "+ fill(0.5)",
        "+ fill_left(1) fill_right(1e-9)");
  }

  private static Arbitrary<String> scalars() {
    return Arbitraries.of(
        "1", "-0.5", "5m", "-1h30m", "Inf", "NaN", "1e300", "pi()", "(1 < bool 2)");
  }

  private static Arbitrary<String> durations() {
    return Arbitraries.of(
        "5m",
        "90",
        "step()",
        "range() / 2",
        "(5m)",
        "max_of(step() * 4, 1m)",
        "-(1m) + 2 ^ 3 ^ 2",
        "1d - 2m * (3 + 4)");
  }

  /// The lexer wants a number in front of the colon.
  private static Arbitrary<String> subqueryRanges() {
    return durations().filter(duration -> !duration.equals("step()"));
  }

  private static Arbitrary<String> offsets() {
    return Arbitraries.of(
        "",
        " offset 1w",
        " offset -90s",
        " offset (1m + step())",
        " offset -(5m)",
        " offset -range()",
        " offset min_of(1m, 2m)");
  }
}
