package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.clock.TimeSource;
import io.pallium.base.config.ConfigBinder;
import io.pallium.base.config.ConfigSources;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectStore;
import io.pallium.server.StoreAssembly;
import io.pallium.server.config.PalliumConfig;
import io.pallium.server.golden.GoldenQuery;
import io.pallium.testkit.crash.RemoteWriteBody;
import io.pallium.testkit.process.PalliumProcess;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Hours of data of two tenants, shipped; the process is killed and all its blocks are gone: a new
/// one gives the same answers, out of the store.
@Tag("system")
class ShippedBlocksTest {
  private static final long STEP_MS = 30_000;
  private static final long START_MS =
      System.currentTimeMillis() / 7_200_000 * 7_200_000 - Duration.ofHours(8).toMillis();
  static final int STEPS = (int) (Duration.ofHours(7).toMillis() / STEP_MS);
  private static final int SERIES = 40;
  private static final int GOLDEN_STRIDE = 8;
  private static final List<String> QUERIES =
      List.of(
          "sum by (job) (rate(load_total[5m]))",
          "count(load_total)",
          "load_total{number=~\"1.\"} - load_total{number=~\"1.\"} offset 3h",
          "quantile(0.9, avg_over_time(load_total[10m]))");

  @TempDir Path directory;

  private enum Backend {
    FILESYSTEM,
    S3,
    CASSANDRA,
    DYNAMODB,
    BIGTABLE
  }

  private static List<AutoCloseable> start(Backend backend, Path work, List<String> flags)
      throws Exception {
    if (backend == Backend.FILESYSTEM) {
      return List.of();
    }
    RunningStore store =
        switch (backend) {
          case S3 -> RunningStore.s3(work);
          case CASSANDRA -> RunningStore.cassandra(work);
          case DYNAMODB -> RunningStore.dynamodb(work);
          case BIGTABLE -> RunningStore.bigtable(work);
          case FILESYSTEM -> throw new AssertionError("has no server");
        };
    flags.addAll(store.flags());
    return List.of(store);
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void answersAreTheSameWhenOnlyTheStoreHasTheBlocks(Backend backend) throws Exception {
    List<String> flags = new ArrayList<>(List.of("--auth.enabled=true"));
    List<AutoCloseable> servers =
        start(backend, Files.createDirectory(directory.resolve("server")), flags);
    Path data = directory.resolve("data");
    try {
      putCortexBucket(flags, data);
      Map<String, String> before;
      try (PalliumProcess pallium = PalliumProcess.start(data, flags.toArray(String[]::new))) {
        pushGolden(pallium);
        pushLoad(pallium, 0, STEPS);
        assertStatus(204, pallium.post("load", "/ingester/flush?wait=true", Map.of()));
        assertThat(metric(pallium, "pallium_shipper_blocks_total"))
            .isGreaterThanOrEqualTo(hasShared() ? 6 : 4);
        assertThat(metric(pallium, "pallium_shipper_failures_total")).isZero();
        assertThat(metric(pallium, "pallium_shipper_waiting_blocks")).isZero();
        pushLoad(pallium, STEPS, STEPS + 20);
        before = answers(pallium);
        pallium.process().kill();
      }
      delete(data.resolve("blocks"));
      delete(data.resolve("index-headers"));

      try (PalliumProcess pallium = PalliumProcess.start(data, flags.toArray(String[]::new))) {
        assertThat(answers(pallium)).isEqualTo(before);
        assertThat(metric(pallium, "pallium_blocks")).isZero();
        assertThat(metric(pallium, "pallium_storegateway_block_openings_total")).isPositive();
        assertTenantsAreApart(pallium);
        if (hasShared()) {
          assertThat(goldenDifferences(backend, pallium, "golden")).isEmpty();
          // Between its own processes Cortex loses the sign of a zero, of which one family has
          // many.
          assertThat(goldenDifferences(backend, pallium, "team-a"))
              .allMatch(difference -> difference.contains("weird_values"));
        }
      }
    } finally {
      for (AutoCloseable server : servers) {
        server.close();
      }
    }
  }

  private static Path shared(String path) {
    return Path.of(System.getProperty("pallium.shared", "")).resolve(path);
  }

  private static boolean hasShared() {
    return Files.isDirectory(shared("golden/data"));
  }

  /// What Cortex wrote, under the names that it gave.
  private static void putCortexBucket(List<String> flags, Path data) throws IOException {
    Path bucket = shared("blocks/cortex-bucket");
    if (!hasShared()) {
      return;
    }
    List<String> all = new ArrayList<>(flags);
    all.add("--storage.directory=" + data);
    PalliumConfig config =
        ConfigBinder.bind(
            PalliumConfig.class, PalliumConfig.defaults(), ConfigSources.none().withArguments(all));
    try (ObjectStore store =
            StoreAssembly.open(config.storage(), new PrometheusRegistry(), TimeSource.SYSTEM);
        Stream<Path> files = Files.walk(bucket)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        store.put(bucket.relativize(file).toString(), ObjectContent.of(file));
      }
    }
  }

  private static void pushGolden(PalliumProcess pallium) throws IOException {
    if (hasShared()) {
      try (Stream<Path> files = Files.list(shared("golden/data"))) {
        for (Path body : files.sorted().toList()) {
          assertStatus(204, pallium.push("golden", Files.readAllBytes(body)));
        }
      }
    }
  }

  /// Counters that grow by chance, the same in each run of a test.
  static void pushLoad(PalliumProcess pallium, int fromStep, int toStep) throws IOException {
    for (int step = fromStep; step < toStep; ) {
      RemoteWriteBody body = new RemoteWriteBody();
      for (int last = Math.min(toStep, step + 60); step < last; step++) {
        for (int number = 0; number < SERIES; number++) {
          double value = step * 10.0 + new Random(step * 1000L + number).nextInt(10);
          body.add(
              START_MS + step * STEP_MS,
              value,
              "__name__",
              "load_total",
              "job",
              "job-" + number % 3,
              "number",
              Integer.toString(number));
        }
      }
      assertStatus(204, pallium.push("load", body.toBytes()));
    }
  }

  static Map<String, String> answers(PalliumProcess pallium) throws IOException {
    Map<String, String> answers = new LinkedHashMap<>();
    for (String query : QUERIES) {
      Map<String, String> form =
          Map.of(
              "query",
              query,
              "start",
              Double.toString(START_MS / 1000.0),
              "end",
              Double.toString((START_MS + (STEPS + 20) * STEP_MS) / 1000.0),
              "step",
              "300");
      HttpResponse<String> answer = pallium.ask("load", "query_range", form);
      assertStatus(200, answer);
      assertThat(answer.body()).contains("\"values\":[[");
      answers.put(query, answer.body());
    }
    answers.put("labels", pallium.get("load", "/api/v1/labels").body());
    answers.put("numbers", pallium.get("load", "/api/v1/label/number/values").body());
    return answers;
  }

  private static List<String> goldenDifferences(
      Backend backend, PalliumProcess pallium, String tenant) throws IOException {
    List<GoldenQuery> all = GoldenQuery.read(shared("golden/queries.jsonl.gz"));
    List<String> differences = new ArrayList<>();
    int compared = 0;
    for (int i = 0; i < all.size(); i += GOLDEN_STRIDE) {
      GoldenQuery query = all.get(i);
      Map<String, String> form = new LinkedHashMap<>(query.parameters());
      form.put("limit", "0");
      HttpResponse<String> answer = pallium.ask(tenant, query.kind(), form);
      compared++;
      query
          .difference(answer.statusCode(), answer.body())
          .filter(text -> !text.contains("conflicting counter resets"))
          .ifPresent(text -> differences.add(query.id() + " " + form + "\n  " + text));
    }
    System.out.printf(
        "golden queries of %s out of %s: %d compared, %d different%n",
        tenant, backend, compared, differences.size());
    return differences;
  }

  private static void assertTenantsAreApart(PalliumProcess pallium) throws IOException {
    assertThat(pallium.get("load", "/api/v1/label/__name__/values").body())
        .contains("[\"load_total\"]");
    assertThat(pallium.get("golden", "/api/v1/label/__name__/values").body())
        .doesNotContain("load_total");
    assertThat(pallium.get("other", "/api/v1/labels").body()).contains("\"data\":[]");
  }

  private static double metric(PalliumProcess pallium, String name) throws IOException {
    return pallium
        .get("", "/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .sum();
  }

  private static void assertStatus(int status, HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
  }

  static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> paths = Files.walk(folder)) {
        for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
