package io.pallium.promql.script;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A runner of tests must fail where it should: each script here has one thing wrong.
class ScriptRunnerTest {
  private static final String DATA =
      """
      load 1m
        metric{a="1"} 1 2 3 4 5
        metric{a="2"} 10+10x4
        h {{schema:1 count:6 sum:9 buckets:[1 2 3] counter_reset_hint:gauge}}x4

      """;

  private static ScriptReport run(String script) {
    return ScriptRunner.withEverything().run("own.test", DATA + script);
  }

  @Test
  void countsWhatPasses() {
    ScriptReport report =
        run(
            """
            eval instant at 1m metric
              metric{a="1"} 2
              metric{a="2"} 20

            eval range from 0 to 2m step 1m sum(metric)
              {} 11 22 33

            eval instant at 1m metric[2m]
              expect range vector from 0 to 1m step 1m
              metric{a="1"} 1 2
              metric{a="2"} 10 20

            eval instant at 1m "text"
              expect string "text"

            eval instant at 1m 1 + 1
              2

            eval instant at 1m h
              h {{schema:1 count:6 sum:9 offset:-1 buckets:[0 1 2 3 0] counter_reset_hint:gauge}}

            clear

            eval instant at 1m metric
            """);

    assertThat(report.failures()).isEmpty();
    assertThat(report.passed()).isEqualTo(7);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Values, times, series, kinds.
        "eval instant at 1m metric{a=\"1\"}\n metric{a=\"1\"} 2.00001",
        "eval instant at 1m metric{a=\"1\"}\n metric{a=\"1\"} NaN",
        "eval instant at 1m metric{a=\"1\"}\n metric{a=\"1\"} {{count:2}}",
        "eval instant at 1m metric{a=\"1\"}\n {a=\"1\"} 2",
        "eval instant at 1m metric{a=\"1\"}",
        "eval instant at 1m none\n metric 2",
        "eval instant at 1m metric{a=\"1\"}\n 2",
        "eval instant at 1m 1\n metric 2",
        "eval instant at 1m 1\n 2",
        "eval instant at 1m \"text\"\n expect string \"other\"",
        "eval range from 0 to 1m step 1m metric{a=\"1\"}\n metric{a=\"1\"} 1",
        "eval range from 0 to 1m step 1m metric{a=\"1\"}\n metric{a=\"1\"} 1 2 3",
        "eval range from 0 to 1m step 1m metric{a=\"1\"}\n metric{a=\"1\"} _ 2",
        "eval range from 0 to 1m step 1m metric{a=\"1\"}\n metric{a=\"1\"} 2 1",
        "eval instant at 1m metric{a=\"1\"}[1m]\n expect range vector from 0 to 1m step 30s\n"
            + " metric{a=\"1\"} 1 2",
        "eval_ordered instant at 1m sort(metric)\n metric{a=\"2\"} 20\n metric{a=\"1\"} 2",
        "eval instant at 1m sort(metric)\n expect ordered\n metric{a=\"2\"} 20\n metric{a=\"1\"} 2",
        // Histograms.
        "eval instant at 1m h\n h {{schema:1 count:6 sum:9 buckets:[1 2 4]}}",
        "eval instant at 1m h\n h {{schema:1 count:6 sum:9 offset:1 buckets:[1 2 3]}}",
        "eval instant at 1m h\n h {{schema:0 count:6 sum:9 buckets:[1 2 3]}}",
        "eval instant at 1m h\n h {{schema:1 count:6 sum:9 buckets:[1 2 3]"
            + " counter_reset_hint:not_reset}}",
        // Failures and annotations.
        "eval instant at 1m metric / on() metric\n expect no_warn",
        "eval_fail instant at 1m metric\n metric{a=\"1\"} 2",
        "eval instant at 1m metric / on() metric\n expect fail msg: something else",
        "eval_fail instant at 1m metric / on() metric\n expected_fail_message something else",
        "eval_fail instant at 1m metric / on() metric\n expected_fail_regexp ^else",
        "eval instant at 1m 1\n expect warn\n 1",
        "eval instant at 1m 1\n expect info\n 1",
        "eval_warn instant at 1m 1\n 1",
        "eval_info instant at 1m 1\n 1",
        "eval instant at 1m rate(metric{a=\"1\"}[2m])\n expect no_info\n {a=\"1\"} 0.0166666666",
        "eval instant at 1m rate(metric{a=\"1\"}[2m])\n expect info msg: other\n"
            + " {a=\"1\"} 0.0166666666",
        // What depends on the time of the evaluation is found by asking at other times.
        "eval instant at 1m vector(time())\n {} 61",
        // No commands.
        "evaluate",
        "eval instant at 1m",
        "eval instant at 1m (",
        "eval instant at never 1\n 1",
        "eval instant at 1m 1\n expect nothing\n 1",
        "eval instant at 1m 1\n expect warn\n expect no_warn\n 1",
        "eval instant at 1m metric{a=\"1\"}\n metric{a=\"1\"} 2 3",
        "eval range from 2m to 1m step 1m 1\n {} 1",
        "load\n metric 1",
        "load 1x\n metric 1",
        "load 1m\n metric 1y",
        "load 1m\n metric 1 {{schema:1",
        "load 1m\n metric {{schemata:1}}",
        "load 1m\n metric {{schema:1 schema:2}}",
        "load 1m\n metric {{schema:2}}+{{schema:1}}x2",
        "load 1m\n metric@st -1m",
        "load 1m\n metric@st -1m\n other 1",
        "load 1m\n metric@st -1mx1\n metric 1",
        "load 1m\n metric@st yesterday\n metric 1",
        "load_with_nhcb 1m\n h_bucket{le=\"1\"} 2\n h_bucket{le=\"+Inf\"} 1",
        "load_with_nhcb 1m\n h_bucket{le=\"+Inf\"} 1\n h_count 2",
      })
  void oneWrongThingIsOneFailure(String script) {
    ScriptReport report = run(script);

    assertThat(report.failed()).isEqualTo(1);
    assertThat(report.passed()).isZero();
  }

  @Test
  void failuresNameTheLineAndBothSides() {
    ScriptReport report = run("eval instant at 1m metric{a=\"1\"}\n metric{a=\"1\"} 3\n");

    ScriptFailure failure = report.failures().get(0);
    assertThat(failure)
        .isEqualTo(
            new ScriptFailure(
                "own.test", 6, "metric{a=\"1\"}", "{__name__=\"metric\", a=\"1\"} 3", "2"));
  }

  @Test
  void goesOnBehindWhatIsNoCommand() {
    ScriptReport report = run("nonsense\n  more\n\neval instant at 1m 1\n  1\n");

    assertThat(report.failed()).isEqualTo(1);
    assertThat(report.passed()).isEqualTo(1);
  }

  @Test
  void classicHistogramsComeAsNativeOnesToo() {
    ScriptReport report =
        ScriptRunner.withEverything()
            .run(
                "own.test",
                """
                load_with_nhcb 1m
                  h_bucket{le="1"} 2
                  h_bucket{le="5"} 2
                  h_bucket{le="+Inf"} 3
                  h_sum 12
                  h_count 3

                eval instant at 0 h
                  h {{schema:-53 count:3 sum:12 custom_values:[1 5] buckets:[2 0 1]}}

                eval instant at 0 h_count
                  h_count 3
                """);

    assertThat(report.failures()).isEmpty();
    assertThat(report.passed()).isEqualTo(2);
  }

  @Test
  void histogramsOfAStoreSayHowTheyFollowEachOther() {
    ScriptReport report =
        ScriptRunner.withEverything()
            .run(
                "own.test",
                """
                load 1m
                  h {{count:1 buckets:[1]}} {{count:3 buckets:[1 2]}} {{count:2 buckets:[2]}}

                eval range from 0 to 2m step 1m h
                  h {{count:1 buckets:[1] counter_reset_hint:unknown}} {{count:3 buckets:[1 2] counter_reset_hint:not_reset}} {{count:2 buckets:[2] counter_reset_hint:unknown}}
                """);

    assertThat(report.failures()).isEmpty();
  }

  @Test
  void notationGivesTheSamplesItSays() {
    List<SequenceValue> values =
        SeriesNotation.parse("m{a=\"} b\"} 1 _ _x2 2x1 1+2x2 1-.5x1 -1e3 stale Inf NaN 0x1")
            .values();

    assertThat(values.toString())
        .isEqualTo("[1, _, _, _, 2, 2, 1, 3, 5, 1, 0.5, -1000, stale, +Inf, NaN, 0, 0]");
  }

  @Test
  void histogramNotationIsReadAsItIsPrinted() {
    String text =
        "{{schema:2 count:7 sum:1.5 z_bucket:1 z_bucket_w:0.001 counter_reset_hint:reset offset:-3"
            + " buckets:[1 0 2] n_offset:2 n_buckets:[3]}}";

    assertThat(SeriesNotation.parse("m " + text).values().get(0)).hasToString(text);
  }

  @Test
  void startTimestampsAreRelativeToTheirSamples() {
    StartTimeNotation notation = StartTimeNotation.parse("m{a=\"b\"}@st _ -30s-1mx2 0 _x2 1msx1");

    assertThat(notation.metric()).isEqualTo("m{a=\"b\"}");
    assertThat(notation.offsetsMs())
        .containsExactly(
            StartTimeNotation.NONE,
            -30_000L,
            -90_000L,
            -150_000L,
            0L,
            StartTimeNotation.NONE,
            StartTimeNotation.NONE,
            1L,
            1L);
  }
}
