package io.pallium.promql.script;

import com.google.re2j.Pattern;
import io.pallium.model.Labels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What an `eval` expects. Filled while a script is read, not changed after.
final class Expectation {
  /// A text or pattern that a message must match.
  ///
  /// @param message the whole message; null if there is a pattern
  /// @param pattern what occurs in the message; null if there is a message
  record Text(@Nullable String message, @Nullable Pattern pattern) {
    /// Any text at all.
    static final Text ANY = new Text(null, Pattern.compile(""));

    boolean matches(String text) {
      return pattern == null ? text.equals(message) : pattern.matcher(text).find();
    }

    @Override
    public String toString() {
      return pattern == null ? "\"" + message + '"' : "/" + pattern + "/";
    }
  }

  /// A series of the result.
  ///
  /// @param position where it stands among the others, from 1
  record Expected(int position, List<SequenceValue> values) {}

  /// The times of the points of a range vector that an instant query gives.
  record RangeTimes(long startMs, long endMs, long stepMs) {}

  private final Map<Labels, Expected> series = new LinkedHashMap<>();
  private final List<Text> warnings = new ArrayList<>();
  private final List<Text> infos = new ArrayList<>();
  private @Nullable Text failure;
  private @Nullable Double scalar;
  private @Nullable RangeTimes rangeTimes;
  private @Nullable String string;
  private boolean isOrdered;
  private boolean needsWarning;
  private boolean needsInfo;
  private boolean forbidsWarnings;
  private boolean forbidsInfos;

  void expect(Labels labels, Expected values) {
    scalar = null;
    series.put(labels, values);
  }

  void expectScalar(double value) {
    scalar = value;
  }

  void expectString(String value) {
    string = value;
  }

  void expectRange(RangeTimes times) {
    rangeTimes = times;
  }

  void expectOrder() {
    isOrdered = true;
  }

  void expectFailure(Text text) {
    failure = text;
  }

  void expectWarning(Text text) {
    warnings.add(text);
  }

  void expectInfo(Text text) {
    infos.add(text);
  }

  void needWarning() {
    needsWarning = true;
  }

  void needInfo() {
    needsInfo = true;
  }

  void forbidWarnings() {
    forbidsWarnings = true;
  }

  void forbidInfos() {
    forbidsInfos = true;
  }

  Map<Labels, Expected> series() {
    return series;
  }

  /// The text of the failure; null if the query must not fail.
  @Nullable Text failure() {
    return failure;
  }

  @Nullable Double scalar() {
    return scalar;
  }

  @Nullable RangeTimes rangeTimes() {
    return rangeTimes;
  }

  /// The string; empty if none is expected.
  String string() {
    return string == null ? "" : string;
  }

  boolean isOrdered() {
    return isOrdered;
  }

  /// Whether an instant query is not to be tried as a range query too.
  boolean isOnlyInstant() {
    return string != null || rangeTimes != null;
  }

  /// @throws Mismatch if warnings or infos are not those that are expected
  void checkAnnotations(List<String> actualWarnings, List<String> actualInfos) throws Mismatch {
    check("warning", warnings, needsWarning, forbidsWarnings, actualWarnings);
    check("info", infos, needsInfo, forbidsInfos, actualInfos);
  }

  private static void check(
      String kind, List<Text> texts, boolean isNeeded, boolean isForbidden, List<String> actual)
      throws Mismatch {
    if (isForbidden && !actual.isEmpty()) {
      throw new Mismatch("no " + kind, actual.toString());
    }
    if (isNeeded && actual.isEmpty()) {
      throw new Mismatch("a " + kind, "none");
    }
    for (Text text : texts) {
      if (actual.stream().noneMatch(text::matches)) {
        throw new Mismatch(
            "the " + kind + " " + text, actual.isEmpty() ? "none" : actual.toString());
      }
    }
    for (String found : actual) {
      if (!texts.isEmpty() && texts.stream().noneMatch(text -> text.matches(found))) {
        throw new Mismatch("only the " + kind + " " + texts, found);
      }
    }
  }
}
