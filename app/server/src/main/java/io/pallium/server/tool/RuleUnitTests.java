package io.pallium.server.tool;

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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/// The unit tests of one file in promtool's form.
final class RuleUnitTests {
  private record Rule(String id, String name, Map<String, String> labels, String expr) {}

  private final Path file;
  private final Map<?, ?> content;
  private final List<Rule> rules = new ArrayList<>();
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

  /// How many tests of alerts the file has.
  int alertTests() {
    return list(content, "tests").stream()
        .mapToInt(test -> list((Map<?, ?>) test, "alert_rule_test").size())
        .sum();
  }

  /// Runs all tests of expressions and prints those that fail.
  void run(Tally tally, PrintStream out) {
    long evaluationMs = duration(content, "evaluation_interval", "1m");
    boolean isFuzzy = Boolean.TRUE.equals(content.get("fuzzy_compare"));
    for (Object item : list(content, "tests")) {
      Map<?, ?> test = (Map<?, ?>) item;
      List<?> expressions = list(test, "promql_expr_test");
      try {
        UnitTestStore store = load(test, evaluationMs, expressions);
        for (Object expression : expressions) {
          String failure = check(store, (Map<?, ?>) expression, isFuzzy);
          tally.add(failure.isEmpty() ? 1 : 0, failure.isEmpty() ? 0 : 1);
          if (!failure.isEmpty()) {
            out.println(file + ": " + text(test, "name", "") + failure);
          }
        }
      } catch (PalliumException e) {
        tally.add(0, Math.max(1, expressions.size()));
        out.println(file + ": " + text(test, "name", "") + "  " + e.getMessage());
      }
    }
  }

  private UnitTestStore load(Map<?, ?> test, long evaluationMs, List<?> expressions) {
    UnitTestStore store = new UnitTestStore(engine);
    long intervalMs = duration(test, "interval", "1m");
    for (Object series : list(test, "input_series")) {
      store.load(
          intervalMs,
          text((Map<?, ?>) series, "series", ""),
          text((Map<?, ?>) series, "values", ""));
    }
    long lastMs = 0;
    for (Object expression : expressions) {
      lastMs = Math.max(lastMs, duration((Map<?, ?>) expression, "eval_time", "0"));
    }
    for (long timeMs = 0; !rules.isEmpty() && timeMs <= lastMs; timeMs += evaluationMs) {
      for (Rule rule : rules) {
        store.record(rule.id, rule.name, rule.labels, rule.expr, timeMs);
      }
    }
    return store;
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
    for (Object group : list(yaml(path), "groups")) {
      String groupName = text((Map<?, ?>) group, "name", "");
      int number = 0;
      for (Object item : list((Map<?, ?>) group, "rules")) {
        Map<?, ?> rule = (Map<?, ?>) item;
        number++;
        if (rule.get("record") == null) {
          continue;
        }
        Map<String, String> labels = new HashMap<>();
        if (rule.get("labels") instanceof Map<?, ?> given) {
          given.forEach((name, value) -> labels.put(name.toString(), value.toString()));
        }
        rules.add(
            new Rule(
                path + " " + groupName + " " + number,
                text(rule, "record", ""),
                labels,
                text(rule, "expr", "")));
      }
    }
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

  private static long duration(Map<?, ?> map, String key, String otherwise) {
    return UnitTestStore.durationMs(text(map, key, otherwise));
  }
}
