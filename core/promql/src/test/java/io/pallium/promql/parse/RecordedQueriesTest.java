package io.pallium.promql.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pallium.base.BadRequestException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Queries with answers of Prometheus 3.14 that lie beside the repository; skipped where they do
/// not.
class RecordedQueriesTest {
  private static final Path SHARED = Path.of(System.getProperty("pallium.shared", ""));
  private static final Pattern QUERY = Pattern.compile("\"query\": ?\"((?:[^\"\\\\]|\\\\.)*+)\"");
  private static final Pattern PARSE_ERROR =
      Pattern.compile(
          "\"error\": ?\"invalid parameter \\\\\"query\\\\\": ((?:[^\"\\\\]|\\\\.)*+)\"");
  private static final Pattern ESCAPE = Pattern.compile("\\\\(u[0-9a-fA-F]{4}|.)");
  private static final Pattern EVAL =
      Pattern.compile(
          "eval(?:_fail|_warn|_info|_ordered)? (?:instant at \\S+|range from \\S+ to \\S+ step \\S+)"
              + "\\s+(.*)");

  @BeforeEach
  void requireShared() {
    assumeTrue(Files.isDirectory(SHARED.resolve("golden")), "pallium.shared is not given");
  }

  @ParameterizedTest
  @CsvSource({"queries.jsonl.gz,DEFAULT", "queries-experimental.jsonl.gz,ALL"})
  void recordedQueryParsesOrFailsAsRecorded(String file, String options) throws IOException {
    ParserOptions parsed = options.equals("ALL") ? ParserOptions.ALL : ParserOptions.DEFAULT;
    int failed = 0;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(SHARED.resolve("golden").resolve(file))),
                StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Matcher query = QUERY.matcher(line);
        Matcher error = PARSE_ERROR.matcher(line);
        assertThat(query.find()).as(line).isTrue();
        boolean isParseError = error.find() && error.group(1).contains("parse error: ");
        failed += isParseError ? 1 : 0;
        assertThat(failure(unescape(query.group(1)), parsed))
            .as(line)
            .isEqualTo(isParseError ? unescape(error.group(1)) : "");
      }
    }
    assertThat(failed).isPositive();
  }

  @Test
  void expressionsOfTestScriptsParse() throws IOException {
    List<Path> scripts;
    try (Stream<Path> files = Files.walk(SHARED.resolve("promqltest"))) {
      scripts = files.filter(file -> file.toString().endsWith(".test")).toList();
    }
    assertThat(scripts).isNotEmpty();

    for (Path script : scripts) {
      for (String line : Files.readAllLines(script)) {
        Matcher eval = EVAL.matcher(line.strip());
        if (eval.matches() && !line.strip().startsWith("eval_fail")) {
          assertThat(failure(eval.group(1), ParserOptions.ALL)).as(script + ": " + line).isEmpty();
        }
      }
    }
  }

  private static String failure(String query, ParserOptions options) {
    try {
      PromqlParser.parse(query, options);
      return "";
    } catch (BadRequestException e) {
      return e.getMessage();
    }
  }

  private static String unescape(String json) {
    return ESCAPE
        .matcher(json)
        .replaceAll(
            match -> {
              String escape = match.group(1);
              String text =
                  switch (escape.charAt(0)) {
                    case 'u' -> String.valueOf((char) Integer.parseInt(escape.substring(1), 16));
                    case 'n' -> "\n";
                    case 't' -> "\t";
                    case 'r' -> "\r";
                    case 'b' -> "\b";
                    case 'f' -> "\f";
                    default -> escape;
                  };
              return Matcher.quoteReplacement(text);
            });
  }
}
