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

/// Tests of alerts in promtool's unit-test files.
class AlertTestsTest {
  private static final String RULES =
      """
      groups:
        - name: g
          labels: {team: sre}
          rules:
            - alert: Down
              expr: up == 0
              for: 3m
              keep_firing_for: 2m
              labels:
                severity: '{{ if eq $labels.job "a" }}page{{ else }}ticket{{ end }}'
              annotations:
                summary: '{{ $labels.instance | toUpper }} of {{ .Labels.job }} is {{ $value }}'
                cluster: '{{ $externalLabels.cluster }}'
            - alert: Busy
              expr: load > 1e6
              annotations:
                text: '{{ humanize $value }} {{ $value }} {{ printf "%.2f" $value }}'
                firsts: '{{ with query "up{job=\\"a\\"}" }}{{ . | first | label "instance" }}{{ end }}'
      """;

  private static final String TESTS =
      """
      rule_files: [rules.yml]
      evaluation_interval: 1m
      tests:
        - interval: 1m
          external_labels: {cluster: c1}
          input_series:
            - series: 'up{job="a", instance="i"}'
              values: '1 1 0x6 1x10'
            - series: 'load'
              values: '0x4 1234567x4 0x20'
          alert_rule_test:
            - eval_time: 4m
              alertname: Down
            - eval_time: 5m30s
              alertname: Down
              exp_alerts: &down
                - exp_labels: {job: a, instance: i, severity: page, team: %s}
                  exp_annotations: {summary: I of a is 0, cluster: c1}
            - eval_time: 10m
              alertname: Down
              exp_alerts: *down
            - eval_time: 11m
              alertname: Down
            - eval_time: 7m
              alertname: Busy
              groupname: g
              exp_alerts:
                - exp_labels: {team: sre}
                  exp_annotations:
                    text: 1.235M 1.234567e+06 1234567.00
                    firsts: i
            - eval_time: 7m
              alertname: Busy
              groupname: other
            - eval_time: 12m
              alertname: Busy
          promql_expr_test:
            - expr: count by (alertstate) (ALERTS{alertname="Down"})
              eval_time: 3m
              exp_samples:
                - labels: '{alertstate="pending"}'
                  value: 1
            - expr: ALERTS_FOR_STATE{alertname="Down"}
              eval_time: 9m
              exp_samples:
                - labels: 'ALERTS_FOR_STATE{alertname="Down", job="a", instance="i", severity="page", team="sre"}'
                  value: 120
            - expr: ALERTS{alertname="Down"}
              eval_time: 11m
      """;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @TempDir Path folder;

  private int run(String rules, String tests) throws IOException {
    Files.writeString(folder.resolve("rules.yml"), rules);
    Path file = folder.resolve("tests.yml");
    Files.writeString(file, tests);
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    LocalSystem.Starter none =
        _ -> {
          throw new AssertionError("unit tests need no system");
        };
    return ToolCommand.commandLine(stream, stream, none).execute("rules", "test", file.toString());
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  void alertsArePendingThenFireAndStayForAWhile() throws IOException {
    int exit = run(RULES, TESTS.formatted("sre"));

    assertThat(printed()).isEqualTo("10 passed, 0 failed\n");
    assertThat(exit).isZero();
  }

  @Test
  void otherAlertsArePrinted() throws IOException {
    int exit = run(RULES, TESTS.formatted("other"));

    assertThat(printed())
        .contains("alert Down at 5m30s")
        .contains("expected  [Alert[labels={")
        .endsWith("8 passed, 2 failed\n");
    assertThat(exit).isEqualTo(1);
  }

  @Test
  void whatTemplatesCannotDoHereIsRefusedByName() throws IOException {
    int exit = run(RULES.replace("humanize $value", "toTime $value"), TESTS.formatted("sre"));

    assertThat(printed()).contains("alert Busy, text: the function toTime is not supported");
    assertThat(exit).isEqualTo(1);
  }
}
