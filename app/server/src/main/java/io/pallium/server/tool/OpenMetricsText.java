package io.pallium.server.tool;

import io.pallium.model.Labels;
import io.pallium.promql.parse.GoFloat;
import java.io.BufferedReader;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;

/// Reads the samples of a file in the OpenMetrics text format: each must have a time, and the last
/// line must be `# EOF`. Comments and exemplars are passed over. Confined to one call.
final class OpenMetricsText {
  private static final String END = "# EOF";

  private final Path file;
  private String line = "";
  private long lineNumber;
  private int at;

  private OpenMetricsText(Path file) {
    this.file = file;
  }

  /// Takes samples, in the order of the file.
  @FunctionalInterface
  interface Sink {
    void sample(Labels labels, long timestampMs, double value) throws IOException;
  }

  /// @throws IOException if a line is not of the format, saying which
  static void read(Path file, Sink sink) throws IOException {
    new OpenMetricsText(file).read(sink);
  }

  private void read(Sink sink) throws IOException {
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      boolean isEnded = false;
      for (String next = lines.readLine(); next != null; next = lines.readLine()) {
        lineNumber++;
        line = next;
        if (isEnded && !next.isEmpty()) {
          throw wrong("something after " + END);
        }
        isEnded = isEnded || next.equals(END);
        if (!next.isEmpty() && next.charAt(0) != '#') {
          readSample(sink);
        }
      }
      if (!isEnded) {
        throw wrong("the file does not end with " + END);
      }
    }
  }

  private void readSample(Sink sink) throws IOException {
    at = 0;
    TreeMap<String, String> labels = new TreeMap<>();
    String name = readUntil(" {");
    if (!name.isEmpty()) {
      labels.put(Labels.METRIC_NAME, name);
    }
    if (at < line.length() && line.charAt(at) == '{') {
      readLabels(labels);
    }
    Double value = GoFloat.parse(readField());
    String time = readField();
    if (value == null) {
      throw wrong("the value is no number");
    }
    if (labels.isEmpty()) {
      throw wrong("a sample has no name");
    }
    sink.sample(Labels.of(labels), timestampMs(time), value);
  }

  private long timestampMs(String time) throws IOException {
    if (time.isEmpty() || time.startsWith("#")) {
      throw wrong("the sample has no time");
    }
    try {
      return new BigDecimal(time)
          .movePointRight(3)
          .setScale(0, RoundingMode.HALF_EVEN)
          .longValueExact();
    } catch (ArithmeticException | NumberFormatException e) {
      throw wrong("\"" + time + "\" is no time in seconds");
    }
  }

  /// `{name="value", …}`; a name in quotes without a value is that of the metric.
  private void readLabels(TreeMap<String, String> labels) throws IOException {
    at++;
    while (true) {
      skipSpaces();
      if (at >= line.length()) {
        throw wrong("labels do not end");
      }
      if (line.charAt(at) == '}') {
        at++;
        return;
      }
      boolean isQuoted = line.charAt(at) == '"';
      String name = isQuoted ? readQuoted() : readUntil("= ,}").strip();
      skipSpaces();
      if (at < line.length() && line.charAt(at) == '=') {
        at++;
        skipSpaces();
        String value = readQuoted();
        if (!value.isEmpty() && labels.put(name, value) != null) {
          throw wrong("label " + name + " is there twice");
        }
      } else if (!isQuoted || labels.put(Labels.METRIC_NAME, name) != null) {
        throw wrong("label " + name + " has no value");
      }
      skipSpaces();
      if (at < line.length() && line.charAt(at) == ',') {
        at++;
      } else if (at >= line.length() || line.charAt(at) != '}') {
        throw wrong("labels do not end");
      }
    }
  }

  private String readQuoted() throws IOException {
    if (at >= line.length() || line.charAt(at) != '"') {
      throw wrong("a text in quotes is missing");
    }
    StringBuilder text = new StringBuilder();
    for (at++; at < line.length(); at++) {
      char c = line.charAt(at);
      if (c == '"') {
        at++;
        return text.toString();
      }
      if (c == '\\' && at + 1 < line.length()) {
        c = line.charAt(++at);
        text.append(c == 'n' ? '\n' : c);
      } else {
        text.append(c);
      }
    }
    throw wrong("a text in quotes does not end");
  }

  private String readUntil(String ends) {
    int start = at;
    while (at < line.length() && ends.indexOf(line.charAt(at)) < 0) {
      at++;
    }
    return line.substring(start, at);
  }

  private String readField() {
    skipSpaces();
    return readUntil(" ");
  }

  private void skipSpaces() {
    while (at < line.length() && line.charAt(at) == ' ') {
      at++;
    }
  }

  private IOException wrong(String what) {
    return new IOException(file + ":" + lineNumber + ": " + what);
  }
}
