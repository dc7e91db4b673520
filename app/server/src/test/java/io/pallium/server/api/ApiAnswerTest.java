package io.pallium.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What an answer says beside its data.
final class ApiAnswerTest {
  @Test
  void countsTheAnnotationsAfterTheTenth() {
    ApiAnswer answer = new ApiAnswer(numbered(13), numbered(11), _ -> {}, () -> {});

    assertThat(answer.warnings())
        .hasSize(11)
        .startsWith("0", "1")
        .endsWith("9", "3 more warning annotations omitted");
    assertThat(answer.infos()).hasSize(11).endsWith("9", "1 more info annotations omitted");
  }

  @Test
  void showsTenAnnotationsWhole() {
    ApiAnswer answer = new ApiAnswer(numbered(10), List.of(), _ -> {}, () -> {});

    assertThat(answer.warnings()).isEqualTo(numbered(10));
    assertThat(answer.infos()).isEmpty();
  }

  private static List<String> numbered(int count) {
    return IntStream.range(0, count).mapToObj(Integer::toString).toList();
  }
}
