package io.pallium.promql.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.LimitExceededException;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.promql.ast.Expr;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ExprPrinterTest {
  static List<String[]> normalForms() {
    return TestTables.read("normal-forms.tsv");
  }

  @ParameterizedTest
  @MethodSource("normalForms")
  void queryIsPrintedInTheNormalFormOfPrometheus(String query, String normalForm) {
    Expr expr = PromqlParser.parse(query, ParserOptions.ALL);

    assertThat(ExprPrinter.print(expr)).isEqualTo(normalForm);
    Expr again = PromqlParser.parse(normalForm, ParserOptions.ALL);
    assertThat(ExprPrinter.print(again)).isEqualTo(normalForm);
  }

  @Test
  void emptySelectorIsPrintedInBraces() {
    assertThat(ExprPrinter.print(PromqlParser.parse("info(foo, {})", ParserOptions.ALL)))
        .isEqualTo("info(foo, {})");
  }

  @Test
  void shortQueryStaysOnOneLineWhenPrettyPrinted() {
    assertThat(pretty("sum  by(a)(rate(foo[5m]))")).isEqualTo("sum by (a) (rate(foo[5m]))");
  }

  @Test
  void longQueryIsOpenedLevelByLevel() {
    String query =
        "(topk(5, sum by (job) (rate(http_requests_total{code=~\"5..\"}[5m]))) / on(job)"
            + " group_left(x) -clamp(sum without (instance) (http_requests_in_flight_total), 0,"
            + " 1000)) > bool 0.5 and max_over_time(rate(http_requests_total{code=~\"5..\",verb="
            + "\"get\"}[5m])[1h:30s] offset 1d)";

    assertThat(pretty(query))
        .isEqualTo(
            """
                (
                    topk(5, sum by (job) (rate(http_requests_total{code=~"5.."}[5m])))
                  / on (job) group_left (x)
                    -clamp(sum without (instance) (http_requests_in_flight_total), 0, 1000)
                )
              > bool
                0.5
            and
              max_over_time(rate(http_requests_total{code=~"5..",verb="get"}[5m])[1h:30s] offset 1d)""");
  }

  @Test
  void aTextThatOutgrowsItsBudgetIsRefused() {
    String call = "label_join(m, \"a\", \"-\"" + ", \"a\"".repeat(5_000) + ")";
    Expr expr = PromqlParser.parse(call + " or a".repeat(500), ParserOptions.ALL);

    try (MemoryBudget budget = MemoryBudget.root("text", 4 << 20)) {
      assertThatThrownBy(() -> ExprPrettyPrinter.print(expr, budget))
          .isInstanceOf(LimitExceededException.class);
    }
  }

  private static String pretty(String query) {
    return ExprPrettyPrinter.print(
        PromqlParser.parse(query, ParserOptions.ALL), MemoryBudget.root("text", Long.MAX_VALUE));
  }
}
