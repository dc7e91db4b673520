package io.pallium.server.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RulesCommandTest {
  private static final String TESTS =
      """
      rule_files: [rules.yml]
      evaluation_interval: 1m
      tests:
        - interval: 1m
          name: "first"
          input_series:
            - series: 'requests_total{job="a", code="200"}'
              values: '0+60x10'
            - series: 'requests_total{job="a", code="500"}'
              values: '0+6x3 stale'
          promql_expr_test:
            - expr: job:requests:rate5m
              eval_time: 5m
              exp_samples:
                - labels: 'job:requests:rate5m{job="a", team="t"}'
                  value: %s
            - expr: absent(requests_total{code="500"})
              eval_time: 10m
              exp_samples:
                - labels: '{code="500"}'
                  value: 1
      """;
  private static final String RULES =
      """
      groups:
        - name: g
          rules:
            - record: code:requests:rate5m
              expr: sum by (job) (rate(requests_total{code="200"}[5m]))
            - record: job:requests:rate5m
              expr: code:requests:rate5m * 2
              labels: {team: t}
            - alert: Ignored
              expr: up == 0
      """;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @TempDir Path folder;

  private int run(String expected) throws IOException {
    Files.writeString(folder.resolve("rules.yml"), RULES);
    Path tests = folder.resolve("tests.yml");
    Files.writeString(tests, TESTS.formatted(expected));
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    LocalSystem.Starter none =
        _ -> {
          throw new AssertionError("unit tests need no system");
        };
    return ToolCommand.commandLine(stream, stream, none).execute("rules", "test", tests.toString());
  }

  @Test
  void expressionsSeeSeriesAndRecordedRules() throws IOException {
    int exit = run("2");

    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("2 passed, 0 failed\n");
    assertThat(exit).isZero();
  }

  @Test
  void otherSamplesArePrinted() throws IOException {
    int exit = run("3");

    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("first  job:requests:rate5m at 5m")
        .contains("expected  [{__name__=\"job:requests:rate5m\", job=\"a\", team=\"t\"} 3]")
        .contains("got       [{__name__=\"job:requests:rate5m\", job=\"a\", team=\"t\"} 2]")
        .endsWith("1 passed, 1 failed\n");
    assertThat(exit).isEqualTo(1);
  }
}
