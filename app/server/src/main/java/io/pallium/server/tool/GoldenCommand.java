package io.pallium.server.tool;

import io.pallium.server.golden.GoldenQuery;
import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `pallium tool golden`: compares answers with those that Prometheus gave.
@Command(
    name = "golden",
    description = {
      "Writes recorded data into an empty system in this process, asks the recorded queries over",
      "HTTP, compares each answer with the one that Prometheus gave, and ends with the line",
      "\"N passed, N failed\"."
    },
    mixinStandardHelpOptions = true)
final class GoldenCommand implements Callable<Integer> {
  /// The files of queries, and what Prometheus had switched on for each.
  private static final Map<String, String> FEATURES =
      Map.of(
          "queries.jsonl.gz",
          "",
          "queries-experimental.jsonl.gz",
          "promql-experimental-functions,promql-duration-expr,promql-extended-range-selectors,"
              + "promql-binop-fill-modifiers");

  private final PrintStream out;
  private final PrintStream err;
  private final LocalSystem.Starter starter;

  @Parameters(
      paramLabel = "PATH",
      description = "A folder with data/*.rw, queries.jsonl.gz and queries-experimental.jsonl.gz.")
  private Path folder = Path.of(".");

  @Option(names = "--id", description = "Ask only this query; may be repeated.")
  private List<String> ids = new ArrayList<>();

  GoldenCommand(PrintStream out, PrintStream err, LocalSystem.Starter starter) {
    this.out = out;
    this.err = err;
    this.starter = starter;
  }

  @Override
  public Integer call() throws IOException {
    if (!Files.isDirectory(folder.resolve("data"))) {
      err.println("pallium tool golden: no folder " + folder.resolve("data"));
      return 2;
    }
    Path directory = Files.createTempDirectory("pallium-golden");
    try (LocalSystem system = starter.start(directory);
        ApiClient client = new ApiClient(system.url(), "")) {
      push(client);
      return compare(client);
    } finally {
      delete(directory);
    }
  }

  private void push(ApiClient client) throws IOException {
    List<Path> bodies;
    try (Stream<Path> files = Files.list(folder.resolve("data"))) {
      bodies = files.filter(file -> file.toString().endsWith(".rw")).sorted().toList();
    }
    for (Path body : bodies) {
      HttpResponse<String> answer = client.push(Files.readAllBytes(body));
      if (answer.statusCode() / 100 != 2) {
        throw new IOException(
            body + " was answered with " + answer.statusCode() + ": " + answer.body());
      }
    }
  }

  private int compare(ApiClient client) throws IOException {
    Tally tally = new Tally();
    for (String file : FEATURES.keySet().stream().sorted(Comparator.reverseOrder()).toList()) {
      if (!Files.exists(folder.resolve(file))) {
        continue;
      }
      int passed = 0;
      int failed = 0;
      for (GoldenQuery query : GoldenQuery.read(folder.resolve(file))) {
        if (!ids.isEmpty() && !ids.contains(query.id())) {
          continue;
        }
        Optional<String> difference = ask(client, query, FEATURES.getOrDefault(file, ""));
        if (difference.isEmpty()) {
          passed++;
        } else {
          failed++;
          out.println(query.id() + ": " + query.kind() + " " + query.parameters());
          out.println("  " + difference.get());
        }
      }
      out.println(file + ": " + passed + " equal, " + failed + " different");
      tally.add(passed, failed);
    }
    return tally.end(out);
  }

  private static Optional<String> ask(ApiClient client, GoldenQuery query, String features)
      throws IOException {
    List<Map.Entry<String, String>> form = new ArrayList<>(query.parameters().entrySet());
    form.add(Map.entry("limit", "0"));
    if (!features.isEmpty()) {
      form.add(Map.entry("features", features));
    }
    HttpResponse<String> answer = client.ask(query.kind(), form);
    return query.difference(answer.statusCode(), answer.body());
  }

  private static void delete(Path directory) throws IOException {
    List<Path> all;
    try (Stream<Path> found = Files.walk(directory)) {
      all = found.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.delete(path);
    }
  }
}
