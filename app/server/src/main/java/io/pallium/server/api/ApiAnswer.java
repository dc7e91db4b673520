package io.pallium.server.api;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// What a call of the query API answers with: the `data` of the envelope, written when it is sent,
/// and what else the client should know.
///
/// @param warnings what may make the answer other than expected; cut to ten and a line that counts
///   the others, as Prometheus does
/// @param infos what may be worth knowing about the query; cut likewise
/// @param data writes the value of `data`
/// @param release gives back what the answer holds, after it was sent or failed
record ApiAnswer(List<String> warnings, List<String> infos, Data data, Runnable release) {
  /// Text of the warning for an answer that was cut.
  static final String TRUNCATED = "results truncated due to limit";

  private static final int MAX_ANNOTATIONS = 10;

  ApiAnswer {
    warnings = cut(warnings, "warning");
    infos = cut(infos, "info");
  }

  /// Writes one JSON value.
  interface Data {
    void write(JsonOutput json) throws IOException;
  }

  static ApiAnswer of(Data data) {
    return new ApiAnswer(List.of(), List.of(), data, () -> {});
  }

  /// An array of strings, cut to `limit` (0: not cut) with a warning.
  static ApiAnswer ofStrings(List<String> values, int limit) {
    boolean isCut = limit > 0 && values.size() > limit;
    List<String> shown = isCut ? values.subList(0, limit) : values;
    return new ApiAnswer(
        isCut ? List.of(TRUNCATED) : List.of(), List.of(), json -> strings(json, shown), () -> {});
  }

  /// Writes the whole envelope.
  void write(JsonOutput json) throws IOException {
    json.raw("{\"status\":\"success\",\"data\":");
    data.write(json);
    if (!warnings.isEmpty()) {
      json.raw(",\"warnings\":");
      strings(json, warnings);
    }
    if (!infos.isEmpty()) {
      json.raw(",\"infos\":");
      strings(json, infos);
    }
    json.raw("}");
  }

  private static List<String> cut(List<String> annotations, String kind) {
    int omitted = annotations.size() - MAX_ANNOTATIONS;
    if (omitted <= 0) {
      return annotations;
    }
    List<String> shown = new ArrayList<>(annotations.subList(0, MAX_ANNOTATIONS));
    shown.add(omitted + " more " + kind + " annotations omitted");
    return shown;
  }

  private static void strings(JsonOutput json, List<String> values) throws IOException {
    json.raw("[");
    for (int i = 0; i < values.size(); i++) {
      if (i > 0) {
        json.comma();
      }
      json.string(values.get(i));
    }
    json.raw("]");
  }
}
