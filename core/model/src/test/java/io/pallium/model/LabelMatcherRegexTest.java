package io.pallium.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.BadRequestException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LabelMatcherRegexTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "( missing_closing_):_`(`",
        "a)(b unexpected_):_`a)(b`",
        "[ missing_closing_]:_`[`",
        "a** invalid_nested_repetition_operator:_`**`",
        "*a missing_argument_to_repetition_operator:_`*`",
        "\\ trailing_backslash_at_end_of_expression:_``",
        "x{1001} invalid_repeat_count:_`{1001}`",
        "((x{10}){10}|y){11} invalid_repeat_count:_`{11}`"
      })
  void badExpressionIsRefusedInTheWordsOfGo(String regex, String reason) {
    assertThatThrownBy(() -> regex(regex))
        .isInstanceOf(BadRequestException.class)
        .hasMessage("error parsing regexp: " + reason.replace('_', ' '));
  }

  @Test
  void expressionThatWouldExhaustTheEngineIsRefused() {
    assertThatThrownBy(() -> regex("(".repeat(100_000) + ")".repeat(100_000)))
        .isInstanceOf(BadRequestException.class)
        .hasMessageStartingWith("error parsing regexp: expression nests too deeply: `((");
    assertThatThrownBy(() -> regex("(".repeat(100_000)))
        .isInstanceOf(BadRequestException.class)
        .hasMessageStartingWith("error parsing regexp: expression nests too deeply: `((");
    assertThatThrownBy(() -> regex("x{1000}".repeat(1_001)))
        .isInstanceOf(BadRequestException.class)
        .hasMessageStartingWith("error parsing regexp: expression too large: `x{1000}");
  }

  @Test
  void sizeCountsWhatIsRepeated() {
    assertThat(regex("a|b").regexSize()).isEqualTo(3);
    assertThat(regex("(ab){10}").regexSize()).isEqualTo(40);
    assertThat(regex("[]{5}x](\\d{2,}){3}").regexSize()).isEqualTo(13);
    assertThat(regex("\\Qa{9}\\E\\x{41}\\p{Greek}{2}{x}").matches("a{9}AΩΩ{x}")).isTrue();
    assertThat(LabelMatcher.of(LabelMatcher.Type.EQUAL, "a", "x{9}").regexSize()).isZero();
  }

  @Test
  void expressionMatchesTheWholeValue() {
    assertThat(regex("a.|b").matches("a\n")).isTrue();
    assertThat(regex("a.|b").matches("xb")).isFalse();
    assertThat(regex("a.|b").matches("bx")).isFalse();
    assertThat(regex("(a|b)?").matches("")).isTrue();
  }

  private static LabelMatcher regex(String regex) {
    return LabelMatcher.of(LabelMatcher.Type.REGEX, "a", regex);
  }
}
