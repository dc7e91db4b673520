package io.pallium.promql.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.BadRequestException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The messages are those that Prometheus 3.14 gives.
class ParseErrorTest {
  static List<String[]> errors() {
    return TestTables.read("errors.tsv");
  }

  static Stream<String> experimental() {
    return Stream.of(
        "limitk(1, foo)",
        "info(foo)",
        "foo[step()]",
        "foo offset (5m)",
        "foo anchored",
        "rate(foo[5m] smoothed)",
        "foo + fill(0) bar");
  }

  @ParameterizedTest
  @MethodSource("errors")
  void badQueryIsRefusedWithTheTextAndPositionOfPrometheus(
      String options, String query, String message) {
    ParserOptions parsed = options.equals("all") ? ParserOptions.ALL : ParserOptions.NONE;

    assertThatThrownBy(() -> PromqlParser.parse(query, parsed))
        .isInstanceOf(BadRequestException.class)
        .hasMessage(message);
  }

  @ParameterizedTest
  @MethodSource("experimental")
  void experimentalSyntaxIsRefusedUnlessEnabled(String query) {
    assertThat(PromqlParser.parse(query, ParserOptions.ALL)).isNotNull();

    assertThatThrownBy(() -> PromqlParser.parse(query, ParserOptions.NONE))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("enabled");
  }

  @Test
  void positionCountsLinesAndBytes() {
    assertThatThrownBy(() -> parse("foo{a=\"é☺\"} +\n  # é\n  \"é\" $"))
        .hasMessage("3:8: parse error: unexpected character: '$'");
    assertThatThrownBy(() -> parse("foo\r\n\n)"))
        .hasMessage("3:2: parse error: unexpected right parenthesis ')'");
  }

  @Test
  void firstOfTwoErrorsIsReported() {
    assertThatThrownBy(() -> parse("unknown(foo) $")).hasMessageContaining("unknown function");
    assertThatThrownBy(() -> parse("unknown(foo $"))
        .hasMessageContaining("unexpected character: '$'");
    assertThatThrownBy(() -> parse("sum(foo, bar) $"))
        .hasMessageContaining("unexpected character: '$'");
    assertThatThrownBy(() -> parse("rate(foo) + \"a\""))
        .hasMessageContaining("expected type range vector");
  }

  @Test
  void textThatIsNotUnicodeIsRefused() {
    assertThatThrownBy(() -> parse("\ud800"))
        .hasMessage("1:1: parse error: unexpected character: '\ufffd'");
    assertThatThrownBy(() -> parse("\"\udfff\""))
        .hasMessage("1:1: parse error: invalid UTF-8 rune");
  }

  @Test
  void selectorErrorsNameWhatWasExpected() {
    assertThatThrownBy(() -> PromqlParser.parseMetricSelector("foo[5m]"))
        .hasMessage("1:4: parse error: unexpected \"[\"");
    assertThatThrownBy(() -> PromqlParser.parseMetricSelector(""))
        .hasMessage("unknown position: parse error: unexpected end of input");
    assertThatThrownBy(() -> PromqlParser.parseMetricSelector("{a=~\"*\"}"))
        .hasMessage(
            "1:2: parse error: error parsing regexp: missing argument to repetition operator: `*`");
  }

  @Test
  void metricErrorsNameWhatWasExpected() {
    assertThatThrownBy(() -> PromqlParser.parseMetric("foo{a}"))
        .hasMessage("1:6: parse error: unexpected \"}\" in label set, expected \"=\"");
    assertThatThrownBy(() -> PromqlParser.parseMetric("foo{a=b}"))
        .hasMessage("1:7: parse error: unexpected identifier \"b\" in label set, expected string");
    assertThatThrownBy(() -> PromqlParser.parseMetric("foo{a!=\"b\"}"))
        .hasMessage("1:6: parse error: unexpected <op:!=> in label set, expected \"=\"");
    assertThatThrownBy(() -> PromqlParser.parseMetric("foo{a=\"b\" c=\"d\"}"))
        .hasMessage(
            "1:11: parse error: unexpected identifier \"c\" in label set, expected \",\" or \"}\"");
    assertThatThrownBy(() -> PromqlParser.parseMetric("foo{,}"))
        .hasMessage(
            "1:5: parse error: unexpected \",\" in label set, expected identifier or \"}\"");
  }

  private static Object parse(String query) {
    return PromqlParser.parse(query, ParserOptions.DEFAULT);
  }
}
