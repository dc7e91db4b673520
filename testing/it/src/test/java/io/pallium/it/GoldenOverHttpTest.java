package io.pallium.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pallium.server.golden.GoldenQuery;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The recorded bodies pushed into an empty tenant, and the recorded queries answered as Prometheus
/// answered them. Queries that use what the engine does not have yet are counted, not compared.
@Tag("system")
class GoldenOverHttpTest {
  private static final int LEAST_COMPARED = 3150;

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(Topology.Form.class)
  void answersAsPrometheusDid(Topology.Form form) throws IOException {
    String shared = System.getProperty("pallium.shared", "");
    assumeTrue(!shared.isEmpty(), "needs ../shared: recorded answers");
    Path golden = Path.of(shared, "golden");
    try (Topology system = Topology.start(form, directory)) {
      pushAll(system, golden);
      int compared = 0;
      List<String> differences = new ArrayList<>();
      for (GoldenQuery query : GoldenQuery.read(golden.resolve("queries.jsonl.gz"))) {
        Map<String, String> form2 = new LinkedHashMap<>(query.parameters());
        form2.put("limit", "0");
        HttpResponse<String> answer = system.reader().ask("golden", query.kind(), form2);
        compared++;
        Optional<String> difference = query.difference(answer.statusCode(), answer.body());
        difference.ifPresent(
            text ->
                differences.add(
                    query.id() + " " + query.parameters().get("query") + "\n  " + text));
      }
      System.out.printf(
          "golden queries over HTTP, %s: %d compared, %d different%n",
          form, compared, differences.size());
      assertThat(differences.stream().limit(20).toList()).isEmpty();
      assertThat(compared).isGreaterThanOrEqualTo(LEAST_COMPARED);
    }
  }

  private static void pushAll(Topology system, Path golden) throws IOException {
    List<Path> bodies;
    try (Stream<Path> files = Files.list(golden.resolve("data"))) {
      bodies = files.sorted().toList();
    }
    assertThat(bodies).isNotEmpty();
    for (Path body : bodies) {
      HttpResponse<String> answer = system.writer().push("golden", Files.readAllBytes(body));
      assertThat(answer.statusCode()).as("%s: %s", body, answer.body()).isEqualTo(204);
    }
  }
}
