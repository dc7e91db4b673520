package io.pallium.promql;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.memory.MemoryBudget;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.TenantId;
import io.pallium.promql.ast.Selectors;
import io.pallium.promql.ast.VectorSelector;
import io.pallium.promql.parse.ExprPrettyPrinter;
import io.pallium.promql.script.UnitTestStore;
import io.pallium.storage.MemoryQueryable;
import io.pallium.storage.QueryControl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every expression of the dashboards in `docs/dashboards` parses and runs, with the language as it
/// is by default and with all of it. The series are made from the selectors: two for each, that
/// fulfil its matchers and have the labels which the dashboards group and join by.
class DashboardsTest {
  private static final Path FOLDER = Path.of("../../docs/dashboards");
  private static final TenantId TENANT = new TenantId("team-a");
  private static final long SCRAPE_MS = 30_000;
  private static final long END_MS = 8 * 3_600_000;

  /// What the series have beside the labels that their selectors ask for.
  private static final Map<String, String> USUAL =
      Map.of(
          "instance", "host-1:9100",
          "job", "shop",
          "namespace", "default",
          "pod", "shop-1",
          "container", "shop",
          "user", "team-a",
          "owner_name", "shop",
          "replicaset", "shop");

  /// The metric that the dashboards read as native histograms.
  private static final String NATIVE = "http_request_duration_seconds";

  /// An expression of a file.
  record Panel(String file, String name, String expr) {
    @Override
    public String toString() {
      return file + ": " + name;
    }
  }

  static List<Panel> panels() {
    List<Panel> panels = new ArrayList<>();
    try (Stream<Path> files = Files.list(FOLDER)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList()) {
        String name = "";
        for (String line : Files.readAllLines(file)) {
          if (line.startsWith("  - name: '")) {
            name = line.substring(11, line.length() - 1);
          } else if (line.startsWith("    expr: '")) {
            panels.add(
                new Panel(
                    file.getFileName().toString(), name, line.substring(11, line.length() - 1)));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return panels;
  }

  @Test
  void thereAreAllDashboards() {
    assertThat(panels()).hasSize(122);
    assertThat(panels().stream().map(Panel::file).distinct())
        .containsExactly(
            "agents.yaml",
            "alerts.yaml",
            "hosts.yaml",
            "jvm.yaml",
            "kubernetes.yaml",
            "pallium.yaml",
            "services.yaml");
  }

  @ParameterizedTest
  @MethodSource("panels")
  void expressionRuns(Panel panel) {
    for (Features features : List.of(Features.DEFAULT, Features.ALL)) {
      QueryEngine engine = new QueryEngine(EngineConfig.defaults(), features, Runnable::run);
      ParsedQuery query = engine.parse(panel.expr());
      List<VectorSelector> selectors = Selectors.of(query.expr());
      MemoryQueryable data = data(selectors);
      QueryControl control = QueryControl.unlimited();

      try (QueryResult instant =
              engine.instant(data, TENANT, query, END_MS, QueryOptions.DEFAULT, control);
          QueryResult range =
              engine.range(
                  data,
                  TENANT,
                  query,
                  END_MS - 3_600_000,
                  END_MS,
                  60_000,
                  QueryOptions.DEFAULT,
                  control)) {
        assertThat(instant.warnings()).isEmpty();
        assertThat(range.warnings()).isEmpty();
      }
      for (VectorSelector selector : selectors) {
        try (QueryResult found =
            engine.instant(
                data,
                TENANT,
                "count("
                    + ExprPrettyPrinter.print(selector, MemoryBudget.root("text", Long.MAX_VALUE))
                    + ")",
                END_MS,
                QueryOptions.DEFAULT,
                control)) {
          assertThat(found.series()).as("series of %s", selector.matchers()).hasSize(1);
        }
      }
      assertThat(control.budget().reservedBytes()).isZero();
    }
  }

  @Test
  void mostExpressionsHaveAnAnswer() {
    QueryEngine engine = new QueryEngine(EngineConfig.defaults(), Features.DEFAULT, Runnable::run);
    List<Panel> empty = new ArrayList<>();
    for (Panel panel : panels()) {
      ParsedQuery query = engine.parse(panel.expr());
      try (QueryResult result =
          engine.instant(
              data(Selectors.of(query.expr())),
              TENANT,
              query,
              END_MS,
              QueryOptions.DEFAULT,
              QueryControl.unlimited())) {
        if (result.series().isEmpty()) {
          empty.add(panel);
        }
      }
    }
    // Alerts do not fire, no target is down, no disk fills up, and no pod's phase is 1.
    assertThat(empty.stream().filter(panel -> !panel.file().equals("alerts.yaml")))
        .extracting(Panel::name)
        .containsExactlyInAnyOrder("Targets down", "Disk full in (h)", "CPU requested");
  }

  private static MemoryQueryable data(List<VectorSelector> selectors) {
    MemoryQueryable data = new MemoryQueryable();
    Set<Labels> known = new HashSet<>();
    for (VectorSelector selector : selectors) {
      for (int copy = 0; copy < 2; copy++) {
        Map<String, String> labels = new HashMap<>(USUAL);
        labels.put("device", "sd" + copy);
        labels.put("instance", "host-" + (copy + 1) + ":9100");
        labels.put("node", "node-" + copy);
        if (selector.name().endsWith("_bucket")) {
          labels.put("le", copy == 0 ? "100" : "+Inf");
          labels.put("instance", "host-1:9100");
        }
        for (LabelMatcher matcher : selector.matchers()) {
          labels.put(matcher.name(), value(matcher, labels.getOrDefault(matcher.name(), "x")));
        }
        Labels series = Labels.of(labels);
        if (known.add(series)) {
          add(data, series, copy);
        }
      }
    }
    return data;
  }

  /// A value that the matcher takes; the present one if it does.
  private static String value(LabelMatcher matcher, String present) {
    return Stream.of(present, matcher.value(), "500", "push", "query", "Old", "other")
        .filter(value -> !value.isEmpty() && matcher.matches(value))
        .findFirst()
        .orElseGet(() -> matcher.value().split("\\|", 2)[0]);
  }

  private static NativeHistogram histogram(long count) {
    String notation = "{{schema:0 count:%d sum:%d buckets:[%d]}}".formatted(count, count, count);
    return Objects.requireNonNull(UnitTestStore.sample("x", notation).value().histogram());
  }

  private static void add(MemoryQueryable data, Labels series, int copy) {
    for (long timeMs = 0; timeMs <= END_MS; timeMs += SCRAPE_MS) {
      double value = 100 + copy + timeMs / 1000.0;
      if (NATIVE.equals(series.get(Labels.METRIC_NAME))) {
        data.add(series, timeMs, histogram((long) value));
      } else {
        data.add(series, timeMs, value);
      }
    }
  }
}
