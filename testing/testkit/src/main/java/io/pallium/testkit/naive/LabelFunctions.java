package io.pallium.testkit.naive;

import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Functions that change or make labels.
final class LabelFunctions {
  private LabelFunctions() {}

  /// Replacements that mean the same in Java.
  private static final Pattern COMMON_TEMPLATE =
      Pattern.compile("(?:[^$\\\\]|\\$\\d(?![\\w{])|\\$\\{[a-z]\\w*})*", Pattern.DOTALL);

  /// `label_replace`, with Java's regular expressions.
  static Map<Labels, Double> replace(Map<Labels, Double> vector, List<String> args) {
    if (!COMMON_TEMPLATE.matcher(args.get(1)).matches()) {
      throw new UnsupportedOperationException("replacement " + args.get(1));
    }
    Pattern pattern = pattern(args.get(3));
    Map<Labels, Double> result = new TreeMap<>();
    vector.forEach(
        (labels, value) -> {
          Matcher matcher =
              pattern.matcher(Objects.requireNonNullElse(labels.get(args.get(2)), ""));
          Labels changed =
              matcher.matches()
                  ? with(labels, args.get(0), replaced(matcher, args.get(1)))
                  : labels;
          NaiveEvaluator.putNew(result, changed, value);
        });
    return result;
  }

  private static Pattern pattern(String regex) {
    try {
      return Pattern.compile(regex, Pattern.DOTALL);
    } catch (PatternSyntaxException e) {
      throw new UnsupportedOperationException("a regular expression that Java does not know", e);
    }
  }

  private static String replaced(Matcher matcher, String template) {
    try {
      return matcher.replaceFirst(template);
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new UnsupportedOperationException("groups that are not there", e);
    }
  }

  /// `label_join`.
  static Map<Labels, Double> join(Map<Labels, Double> vector, List<String> args) {
    Map<Labels, Double> result = new TreeMap<>();
    vector.forEach(
        (labels, value) -> {
          List<String> values =
              args.subList(2, args.size()).stream()
                  .map(name -> Objects.requireNonNullElse(labels.get(name), ""))
                  .toList();
          NaiveEvaluator.putNew(
              result, with(labels, args.get(0), String.join(args.get(1), values)), value);
        });
    return result;
  }

  /// The labels of `absent`: what equality matchers on names that occur once ask for.
  static Labels ofAbsent(List<LabelMatcher> matchers) {
    Map<String, Integer> counts = new HashMap<>();
    matchers.forEach(matcher -> counts.merge(matcher.name(), 1, Integer::sum));
    Map<String, String> labels = new HashMap<>();
    for (LabelMatcher matcher : matchers) {
      boolean isEqual = matcher.type() == LabelMatcher.Type.EQUAL;
      if (isEqual
          && counts.getOrDefault(matcher.name(), 0) == 1
          && !matcher.name().equals(Labels.METRIC_NAME)) {
        labels.put(matcher.name(), matcher.value());
      }
    }
    return Labels.of(labels);
  }

  /// `info` at one time.
  ///
  /// @param infos the times of the newest samples of the info series in milliseconds
  /// @param names what names of info series fulfil
  /// @param data what the added labels fulfil
  static Map<Labels, Double> info(
      Map<Labels, Double> vector,
      Map<Labels, Double> infos,
      List<LabelMatcher> names,
      List<LabelMatcher> data) {
    Map<Labels, Double> result = new TreeMap<>();
    vector.forEach(
        (labels, value) -> {
          String name = Objects.requireNonNullElse(labels.get(Labels.METRIC_NAME), "");
          if (names.stream().allMatch(matcher -> matcher.matches(name))) {
            NaiveEvaluator.putNew(result, labels, value);
            return;
          }
          Map<String, Labels> newest = new TreeMap<>();
          infos.forEach(
              (info, time) -> {
                if (!identity(info).equals(identity(labels))) {
                  return;
                }
                String metric = Objects.requireNonNull(info.get(Labels.METRIC_NAME));
                Labels other = newest.get(metric);
                if (other == null || Objects.requireNonNull(infos.get(other)) < time) {
                  newest.put(metric, info);
                }
              });
          if (newest.isEmpty() && !data.stream().allMatch(LabelMatcher::matchesEmpty)) {
            return;
          }
          Map<String, String> added = new HashMap<>();
          newest.values().forEach(info -> addData(labels, info, data, added));
          added.putAll(labels.toMap());
          NaiveEvaluator.putNew(result, Labels.of(added), value);
        });
    return result;
  }

  private static void addData(
      Labels labels, Labels info, List<LabelMatcher> data, Map<String, String> added) {
    info.toMap()
        .forEach(
            (name, value) -> {
              boolean isWanted =
                  data.isEmpty() || data.stream().anyMatch(m -> m.name().equals(name));
              if (!isWanted || name.equals(Labels.METRIC_NAME) || labels.get(name) != null) {
                return;
              }
              String other = added.put(name, value);
              if (other != null && !other.equals(value)) {
                throw new IllegalArgumentException("conflicting label: " + name);
              }
            });
  }

  private static Labels identity(Labels labels) {
    return NaiveEvaluator.group(labels, List.of("instance", "job"), false);
  }

  private static Labels with(Labels labels, String name, String value) {
    Map<String, String> changed = labels.toMap();
    changed.put(name, value);
    return Labels.of(changed);
  }
}
