package io.pallium.server.tool;

import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The options of tools that ask a server, and how they ask it.
final class ServerOptions {
  private static final JsonMapper JSON = JsonMapper.shared();

  @Option(
      names = "--url",
      defaultValue = "http://127.0.0.1:9009/prometheus",
      description = "What stands in front of /api/v1; default: ${DEFAULT-VALUE}.")
  private String url = "";

  @Option(
      names = "--tenant",
      defaultValue = "",
      description = "The tenant, if the server has some.")
  private String tenant = "";

  /// A refusal of the server, or an answer that is not of its API.
  static final class RefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message);
    }
  }

  /// The `data` of an answer; warnings and infos go to `err`.
  ///
  /// @throws RefusedException with what the server says, if it does not answer
  JsonNode ask(String path, List<Map.Entry<String, String>> form, PrintStream err)
      throws IOException {
    JsonNode answer = answer(path, form);
    for (String kind : List.of("warnings", "infos")) {
      answer.path(kind).forEach(text -> err.println(text.asString()));
    }
    return answer.path("data");
  }

  private JsonNode answer(String path, List<Map.Entry<String, String>> form) throws IOException {
    try (ApiClient client = new ApiClient(url, tenant)) {
      HttpResponse<String> response = client.ask(path, form);
      JsonNode body;
      try {
        body = JSON.readTree(response.body());
      } catch (JacksonException e) {
        throw new RefusedException(response.statusCode() + ": " + response.body().strip());
      }
      if (!body.path("status").asString("").equals("success")) {
        throw new RefusedException(
            response.statusCode()
                + " "
                + body.path("errorType").asString("")
                + ": "
                + body.path("error").asString(response.body().strip()));
      }
      return body;
    }
  }

  /// Runs a tool; what stops it goes to `err`.
  ///
  /// @return the exit code
  static int run(String name, PrintStream err, Tool tool) {
    try {
      tool.run();
      return 0;
    } catch (IOException | IllegalArgumentException e) {
      String reason = e.getMessage() == null ? e.toString() : e.getMessage();
      err.println("pallium tool " + name + ": " + reason);
      return 1;
    }
  }

  /// What a tool does.
  @FunctionalInterface
  interface Tool {
    void run() throws IOException;
  }
}
