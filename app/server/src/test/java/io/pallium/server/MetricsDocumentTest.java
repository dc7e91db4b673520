package io.pallium.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.clock.TimeSource;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `docs/operating.md` has all metrics of a process that plays all parts, and none that is not
/// there.
class MetricsDocumentTest {
  private static final Path DOCUMENT =
      Path.of(System.getProperty("pallium.root", "../.."), "docs", "operating.md");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `(pallium_\\w+)` \\|");

  @Test
  void documentListsExactlyTheMetricsOfARunningProcess(@TempDir Path directory) throws IOException {
    PrometheusRegistry registry = new PrometheusRegistry();
    TreeSet<String> registered = new TreeSet<>();

    try (var _ =
        Pallium.start(
            Main.bind(
                List.of(
                    "--server.http-listen-address=127.0.0.1:0",
                    "--storage.directory=" + directory,
                    "--self-scrape.enabled=false")),
            TimeSource.SYSTEM,
            registry)) {
      for (MetricSnapshot metric : registry.scrape()) {
        String suffix = metric instanceof CounterSnapshot ? "_total" : "";
        registered.add(metric.getMetadata().getPrometheusName() + suffix);
      }
    }

    TreeSet<String> documented = new TreeSet<>();
    Matcher row = ROW.matcher(Files.readString(DOCUMENT));
    while (row.find()) {
      documented.add(row.group(1));
    }
    assertThat(documented).isEqualTo(registered);
  }
}
