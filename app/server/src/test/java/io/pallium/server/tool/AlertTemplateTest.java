package io.pallium.server.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.server.tool.TemplateFunctions.TemplateSample;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Templates give what Go's give. Expected texts are those of Prometheus.
class AlertTemplateTest {
  private static final TemplateFunctions FUNCTIONS =
      new TemplateFunctions(
          query ->
              List.of(
                  new TemplateSample(Map.of("i", "b"), 21),
                  new TemplateSample(Map.of("i", "a"), 1)),
          "http://host:1/path/");
  private static final Map<String, Object> DATA =
      Map.of(
          "Labels",
          Map.of("job", "api", "instance", "host.example.org:9100"),
          "Value",
          1234.5,
          "ExternalLabels",
          Map.of("cluster", "c1"),
          "ExternalURL",
          "http://host:1/path/");

  private static String expand(String template) {
    return AlertTemplate.parse(template).expand(DATA, FUNCTIONS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '\0',
      value = {
        "plain } text#plain } text",
        "{{ $labels.job }}/{{.Labels.job}}#api/api",
        "[{{ $labels.nothing }}]#[]",
        "{{ $value }}#1234.5",
        "a {{- $labels.job -}} b#aapib",
        "{{/* nothing */}}x#x",
        "{{ if gt $value 1000.0 }}much{{ else }}few{{ end }}#much",
        "{{ if lt $value 1.0 }}1{{ else if eq $labels.job \"x\" \"api\" }}2{{ else }}3{{ end }}#2",
        "{{ if and (gt $value 1.0) (not (eq $labels.job \"x\")) }}y{{ end }}#y",
        "{{ $x := $labels.job }}{{ $x | toUpper | printf \"%s!\" }}#API!",
        "{{ range query \"up\" | sortByLabel \"i\" }}{{ .Labels.i }}={{ .Value }};{{ end }}"
            + "#a=1;b=21;",
        "{{ query \"up\" | first | value }}#21",
        "{{ with query \"up\" }}{{ len . }}{{ end }}#2",
        "{{ $labels }}#map[instance:host.example.org:9100 job:api]",
        "{{ $labels.instance | stripPort }} {{ stripDomain $labels.instance }}"
            + "#host.example.org host:9100",
        "{{ reReplaceAll \"(.*)\\\\.org.*\" \"<${1}>\" $labels.instance }}#<host.example>",
        "{{ match \"^a\" $labels.job }}#true",
        "{{ title \"ab cd\" }}#Ab Cd",
        "{{ graphLink \"rate(up[5m])\" }}#/graph?g0.expr=rate%28up%5B5m%5D%29&g0.tab=0",
        "{{ tableLink \"a + b\" }}#/graph?g0.expr=a+%2B+b&g0.tab=1",
        "{{ with args 7 \"x\" }}{{ .arg0 }}{{ .arg1 }}{{ end }}#7x",
        "{{ index $labels \"job\" }}#api",
        "{{ pathPrefix }} {{ $externalURL }} {{ $externalLabels.cluster }}"
            + "#/path http://host:1/path/ c1",
        "{{ \"}}\" }}#}}",
      })
  void templatesAreExpanded(String template, String expected) {
    assertThat(expand(template)).isEqualTo(expected);
  }

  @Test
  void verbsOfPrintfAreGos() {
    assertThat(
            expand(
                "{{ printf \"%7.1f|%-4d|%05.1f|%q|%v|%t|%%|%d|%s\" $value 7 2.5 \"a\" $value true"
                    + " 1.5 }}"))
        .isEqualTo(" 1234.5|7   |002.5|\"a\"|1234.5|true|%|%!d(float64=1.5)|%!s(MISSING)");
  }

  @ParameterizedTest
  @CsvSource({
    "humanize,0,0",
    "humanize,1234567,1.235M",
    "humanize,0.0012,1.2m",
    "humanize,12345,12.35k",
    "humanize1024,1048576,1Mi",
    "humanize1024,1023,1023",
    "humanizeDuration,0,0s",
    "humanizeDuration,59.5,59.5s",
    "humanizeDuration,3661,1h 1m 1s",
    "humanizeDuration,-90061,-1d 1h 1m 1s",
    "humanizeDuration,0.001,1ms",
    "humanizePercentage,0.1234567,12.35%",
    "humanizeTimestamp,1435065584.128,2015-06-23 13:19:44.128 +0000 UTC",
  })
  void numbersAreMadeForPeople(String function, String value, String expected) {
    assertThat(expand("{{ " + function + " \"" + value + "\" }}")).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "0,0",
    "1,1",
    "100000,100000",
    "1000000,1e+06",
    "1234567.5,1.2345675e+06",
    "0.0001,0.0001",
    "0.00001,1e-05",
    "-1.5,-1.5",
    "1e100,1e+100"
  })
  void valuesArePrintedAsGoPrintsThem(double value, String expected) {
    assertThat(GoFormat.general(value, -1)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ define \"x\" }}{{ end }}",
        "{{ template \"x\" }}",
        "{{ toTime 3 }}",
        "{{ range $i, $x := $labels }}{{ end }}",
        "{{ if }}{{ end }}",
        "{{ if true }}",
        "{{ end }}",
        "{{ (1 }}",
        "{{ 1) }}",
        "{{ $x",
        "{{}}",
        "{{ a.b }}"
      })
  void whatIsNoTemplateOrNotSupportedIsRefused(String template) {
    assertThatThrownBy(() -> AlertTemplate.parse(template))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ $nothing }}", "{{ humanize \"x\" }}", "{{ query \"up\" | value }}", "{{ toUpper 1 }}",
        "{{ lt $value \"1\" }}", "{{ $value.x }}", "{{ index (query \"up\") 2 }}", "{{ first nil }}"
      })
  void failuresStandInTheText(String template) {
    assertThat(expand(template)).startsWith("<error expanding template: ").endsWith(">");
  }

  @Test
  void anyTextIsExpandedOrRefused() {
    Random random = new Random(11);
    String[] pieces = {
      "{{",
      "}}",
      " ",
      "if",
      "else",
      "end",
      "with",
      "$value",
      "$labels.job",
      "|",
      "(",
      ")",
      "\"a\"",
      "-",
      "`",
      "\"",
      "\\",
      "humanize",
      "printf",
      "1",
      ".",
      "range",
      "eq",
      ":=",
      "text"
    };
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int n = random.nextInt(12); n >= 0; n--) {
        text.append(pieces[random.nextInt(pieces.length)]);
      }
      try {
        assertThat(expand(text.toString())).isNotNull();
      } catch (IllegalArgumentException refused) {
        assertThat(refused).hasMessageNotContaining("null");
      }
    }
  }
}
