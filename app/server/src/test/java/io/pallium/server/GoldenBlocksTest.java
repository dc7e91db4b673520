package io.pallium.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pallium.server.golden.GoldenQuery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A server over blocks that Prometheus and Cortex wrote gives the answers that Prometheus gave.
/// The data lie in the folder that the system property `pallium.shared` names.
class GoldenBlocksTest {
  private static final String EXPERIMENTAL =
      "promql-experimental-functions,promql-duration-expr,promql-extended-range-selectors,"
          + "promql-binop-fill-modifiers";
  private static final String RESETS = "conflicting counter resets";

  private final Path shared = Path.of(System.getProperty("pallium.shared", ""));
  @TempDir Path directory;

  @BeforeEach
  void sharedFolderIsThere() {
    assumeTrue(
        Files.isDirectory(shared.resolve("blocks").resolve("prometheus-3.14")),
        "no blocks below the folder in the system property pallium.shared");
  }

  @Test
  void blockOfPrometheusGivesTheGoldenAnswers() throws IOException {
    assertThat(differences(Path.of("prometheus-3.14"), Path.of("blocks"))).isEmpty();
  }

  @Test
  void blocksOfCortexGiveTheGoldenAnswers() throws IOException {
    assertAlmostNone(differences(Path.of("cortex-bucket", "team-a"), Path.of("blocks")));
  }

  @Test
  void bucketOfCortexInTheStoreGivesTheGoldenAnswers() throws IOException {
    assertAlmostNone(differences(Path.of("cortex-bucket", "team-a"), Path.of("objects")));
    assertThat(directory.resolve("blocks")).isEmptyDirectory();
  }

  /// Between its own processes Cortex loses the sign of a zero, of which one family has many.
  private static void assertAlmostNone(List<String> differences) {
    assertThat(differences)
        .allMatch(difference -> difference.contains("weird_values"))
        .hasSizeLessThanOrEqualTo(11);
  }

  private List<String> differences(Path blocks, Path folder) throws IOException {
    Path source = shared.resolve("blocks").resolve(blocks);
    Path target = directory.resolve(folder).resolve("anonymous");
    copy(source, target);
    List<String> differences = new ArrayList<>();
    int asked = 0;
    try (TestServer server = TestServer.start(directory)) {
      for (Map.Entry<String, String> file :
          Map.of("queries.jsonl.gz", "", "queries-experimental.jsonl.gz", EXPERIMENTAL)
              .entrySet()) {
        for (GoldenQuery query :
            GoldenQuery.read(shared.resolve("golden").resolve(file.getKey()))) {
          asked++;
          ask(server, query, file.getValue())
              .filter(difference -> !difference.contains(RESETS))
              .ifPresent(
                  difference ->
                      differences.add(query.id() + " " + query.parameters() + ": " + difference));
        }
      }
    }
    assertThat(asked).isGreaterThan(3000);
    return differences;
  }

  private static Optional<String> ask(TestServer server, GoldenQuery query, String features) {
    StringBuilder form = new StringBuilder("limit=0&features=" + TestServer.encode(features));
    query
        .parameters()
        .forEach(
            (name, value) ->
                form.append('&').append(name).append('=').append(TestServer.encode(value)));
    TestServer.Answer answer = server.post("/api/v1/" + query.kind(), form.toString());
    return query.difference(answer.status(), answer.body());
  }

  private static void copy(Path source, Path target) throws IOException {
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(source)) {
      paths = walk.sorted().toList();
    }
    for (Path path : paths) {
      Path copy = target.resolve(source.relativize(path).toString());
      if (Files.isDirectory(path)) {
        Files.createDirectories(copy);
      } else {
        Files.copy(path, copy);
      }
    }
  }
}
