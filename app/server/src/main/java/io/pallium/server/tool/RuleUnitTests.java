package io.pallium.server.tool;

import io.pallium.base.BadRequestException;
import io.pallium.base.PalliumException;
import io.pallium.promql.EngineConfig;
import io.pallium.promql.Features;
import io.pallium.promql.QueryEngine;
import io.pallium.promql.script.UnitTestStore;
import io.pallium.promql.script.UnitTestStore.Sample;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/// The unit tests of one file in promtool's form: the rules that it names are evaluated step by
/// step over the series of each test, and what expressions give and which alerts fire is compared.
final class RuleUnitTests {
  /// The rules of one group, in order. Alerting rules are made anew for each test.
  private record Group(String name, long queryOffsetMs, List<Rule> rules) {}

  /// One of both kinds of rules.
  private sealed interface Rule {}

  private record Recording(String id, String name, Map<String, String> labels, String expr)
      implements Rule {}

  private record Alerting(AlertRule.Definition definition) implements Rule {}

  /// The rules in a test: how each is evaluated, and the alerting ones among them.
  private record Evaluation(List<TimedRule> steps, List<AlertRule> alerts) {}

  private interface TimedRule {
    void evaluate(UnitTestStore store, long timeMs);
  }

  private final Path file;
  private final Map<?, ?> content;
  private final List<Group> groups = new ArrayList<>();
  private final QueryEngine engine =
      new QueryEngine(EngineConfig.defaults(), Features.ALL, Runnable::run);

  private RuleUnitTests(Path file) throws IOException {
    this.file = file;
    this.content = yaml(file);
    Path folder = Objects.requireNonNullElse(file.toAbsolutePath().getParent(), Path.of("."));
    for (Object name : list(content, "rule_files")) {
      readRules(folder.resolve(name.toString()));
    }
  }

  /// Reads a file and the rules that it names.
  ///
  /// @throws IOException if one cannot be read
  /// @throws IllegalArgumentException if one is not in its form
  static RuleUnitTests read(Path file) throws IOException {
    return new RuleUnitTests(file);
  }

  /// Runs all tests and prints those that fail.
  void run(Tally tally, PrintStream out) {
    for (Object item : list(content, "tests")) {
      Map<?, ?> test = (Map<?, ?>) item;
      List<?> expressions = list(test, "promql_expr_test");
      List<?> alerts = list(test, "alert_rule_test");
      List<String> failures = new ArrayList<>();
      try {
        UnitTestStore store = evaluate(test, alerts, failures);
        for (Object expression : expressions) {
          String failure = check(store, (Map<?, ?>) expression, isFuzzy());
          if (!failure.isEmpty()) {
            failures.add(failure);
          }
        }
        tally.add(expressions.size() + alerts.size() - failures.size(), failures.size());
      } catch (PalliumException e) {
        tally.add(0, Math.max(1, expressions.size() + alerts.size()));
        failures.add("  " + e.getMessage());
      }
      for (String failure : failures) {
        out.println(file + ": " + text(test, "name", "") + failure);
      }
    }
  }

  private boolean isFuzzy() {
    return Boolean.TRUE.equals(content.get("fuzzy_compare"));
  }

  /// Loads the series of a test and evaluates the rules up to its last time; checks the alerts at
  /// their times on the way.
  private UnitTestStore evaluate(Map<?, ?> test, List<?> alertTests, List<String> failures) {
    UnitTestStore store = new UnitTestStore(engine);
    long intervalMs = duration(test, "interval", "1m");
    for (Object series : list(test, "input_series")) {
      store.load(
          intervalMs,
          text((Map<?, ?>) series, "series", ""),
          text((Map<?, ?>) series, "values", ""));
    }
    long stepMs = duration(content, "evaluation_interval", "1m");
    Evaluation evaluation = evaluation(test);
    long lastMs = Math.max(lastMs(list(test, "promql_expr_test")), lastMs(alertTests));
    for (long timeMs = 0; timeMs <= lastMs; timeMs += stepMs) {
      for (TimedRule rule : evaluation.steps) {
        rule.evaluate(store, timeMs);
      }
      for (Object item : alertTests) {
        Map<?, ?> alertTest = (Map<?, ?>) item;
        long atMs = duration(alertTest, "eval_time", "0");
        if (atMs >= timeMs && atMs < timeMs + stepMs) {
          String failure = checkAlerts(evaluation.alerts, alertTest);
          if (!failure.isEmpty()) {
            failures.add(failure);
          }
        }
      }
    }
    return store;
  }

  private static long lastMs(List<?> tests) {
    return tests.stream()
        .mapToLong(test -> duration((Map<?, ?>) test, "eval_time", "0"))
        .max()
        .orElse(0);
  }

  private Evaluation evaluation(Map<?, ?> test) {
    var surroundings =
        new AlertRule.Surroundings(texts(test, "external_labels"), text(test, "external_url", ""));
    List<TimedRule> steps = new ArrayList<>();
    List<AlertRule> alerts = new ArrayList<>();
    for (Group group : ordered()) {
      long offsetMs = group.queryOffsetMs;
      for (Rule rule : group.rules) {
        switch (rule) {
          case Recording(String id, String name, Map<String, String> labels, String expr) ->
              steps.add((store, timeMs) -> store.record(id, name, labels, expr, timeMs - offsetMs));
          case Alerting(AlertRule.Definition definition) -> {
            AlertRule alert = new AlertRule(definition);
            alerts.add(alert);
            steps.add((store, timeMs) -> alert.evaluate(store, surroundings, timeMs - offsetMs));
          }
        }
      }
    }
    return new Evaluation(steps, alerts);
  }

  /// The groups in the order that the file asks for; those that it does not name come last.
  private List<Group> ordered() {
    List<String> order = list(content, "group_eval_order").stream().map(Object::toString).toList();
    return groups.stream()
        .sorted(
            Comparator.comparingInt(
                group -> {
                  int place = order.indexOf(group.name);
                  return place < 0 ? order.size() : place;
                }))
        .toList();
  }

  /// What is wrong with the alerts that fire now; empty if nothing is.
  private static String checkAlerts(List<AlertRule> rules, Map<?, ?> test) {
    String name = text(test, "alertname", "");
    String group = text(test, "groupname", "");
    if (name.isEmpty()) {
      throw new BadRequestException(
          "an alert_rule_test at " + text(test, "eval_time", "0") + " has no alertname");
    }
    List<AlertRule.Alert> expected = new ArrayList<>();
    for (Object item : list(test, "exp_alerts")) {
      Map<String, String> labels = texts((Map<?, ?>) item, "exp_labels");
      labels.put("alertname", name);
      labels.values().removeIf(String::isEmpty);
      expected.add(new AlertRule.Alert(labels, texts((Map<?, ?>) item, "exp_annotations")));
    }
    List<AlertRule.Alert> got = new ArrayList<>();
    for (AlertRule rule : rules) {
      if (rule.name().equals(name) && (group.isEmpty() || rule.group().equals(group))) {
        got.addAll(rule.firing());
      }
    }
    List<AlertRule.Alert> left = new ArrayList<>(got);
    boolean areAllThere = true;
    for (AlertRule.Alert alert : expected) {
      areAllThere &= left.remove(alert);
    }
    return areAllThere && left.isEmpty()
        ? ""
        : String.format(
            "  alert %s at %s%n  expected  %s%n  got       %s",
            name, text(test, "eval_time", "0"), expected, got);
  }

  /// What is wrong; empty if nothing is.
  private static String check(UnitTestStore store, Map<?, ?> test, boolean isFuzzy) {
    String query = text(test, "expr", "");
    List<Sample> expected = new ArrayList<>();
    for (Object item : list(test, "exp_samples")) {
      Map<?, ?> sample = (Map<?, ?>) item;
      expected.add(
          UnitTestStore.sample(
              text(sample, "labels", "{}"), text(sample, "histogram", text(sample, "value", "0"))));
    }
    String got;
    try {
      List<Sample> samples = store.evaluate(query, duration(test, "eval_time", "0"));
      List<Sample> left = new ArrayList<>(samples);
      boolean areAllThere = true;
      for (Sample sample : expected) {
        Sample found =
            left.stream().filter(other -> sample.equals(other, isFuzzy)).findFirst().orElse(null);
        areAllThere &= found != null && left.remove(found);
      }
      if (areAllThere && left.isEmpty()) {
        return "";
      }
      got = samples.toString();
    } catch (PalliumException e) {
      got = "failure: " + e.getMessage();
    }
    return String.format(
        "  %s at %s%n  expected  %s%n  got       %s",
        query, text(test, "eval_time", "0"), expected, got);
  }

  private void readRules(Path path) throws IOException {
    for (Object item : list(yaml(path), "groups")) {
      Map<?, ?> group = (Map<?, ?>) item;
      String name = text(group, "name", "");
      List<Rule> rules = new ArrayList<>();
      for (Object rule : list(group, "rules")) {
        rules.add(rule(path, group, (Map<?, ?>) rule, rules.size() + 1));
      }
      groups.add(new Group(name, duration(group, "query_offset", "0"), rules));
    }
  }

  private static Rule rule(Path path, Map<?, ?> group, Map<?, ?> rule, int number) {
    String groupName = text(group, "name", "");
    String id = path + " " + groupName + " " + number;
    Map<String, String> labels = texts(group, "labels");
    labels.putAll(texts(rule, "labels"));
    String expr = text(rule, "expr", "");
    if (rule.get("record") != null) {
      return new Recording(id, text(rule, "record", ""), labels, expr);
    }
    if (rule.get("alert") == null) {
      throw new IllegalArgumentException(id + ": a rule has neither record nor alert");
    }
    var definition =
        new AlertRule.Definition(
            id,
            groupName,
            text(rule, "alert", ""),
            expr,
            duration(rule, "for", "0"),
            duration(rule, "keep_firing_for", "0"),
            Integer.parseInt(text(group, "limit", "0")),
            labels,
            texts(rule, "annotations"));
    // Its templates are read now, so that a wrong one is a fault of the file and not of a test.
    var unused = new AlertRule(definition);
    return new Alerting(definition);
  }

  private static Map<?, ?> yaml(Path path) throws IOException {
    try {
      Object read = new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(path));
      if (read instanceof Map<?, ?> map) {
        return map;
      }
    } catch (YAMLException e) {
      throw new IllegalArgumentException(path + ": " + e.getMessage(), e);
    }
    throw new IllegalArgumentException(path + " is not a mapping");
  }

  private static List<?> list(Map<?, ?> map, String key) {
    return map.get(key) instanceof List<?> list ? list : List.of();
  }

  private static String text(Map<?, ?> map, String key, String otherwise) {
    @Nullable Object value = map.get(key);
    return value == null ? otherwise : value.toString();
  }

  /// A mapping of texts, which the caller may change.
  private static Map<String, String> texts(Map<?, ?> map, String key) {
    Map<String, String> texts = new LinkedHashMap<>();
    if (map.get(key) instanceof Map<?, ?> given) {
      given.forEach((name, value) -> texts.put(name.toString(), value.toString()));
    }
    return texts;
  }

  private static long duration(Map<?, ?> map, String key, String otherwise) {
    return UnitTestStore.durationMs(text(map, key, otherwise));
  }
}
