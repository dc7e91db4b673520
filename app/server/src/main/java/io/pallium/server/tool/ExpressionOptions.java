package io.pallium.server.tool;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// What a command that evaluates an expression is told about it.
final class ExpressionOptions {
  @Parameters(paramLabel = "EXPR", description = "The expression.")
  private String query = "";

  @Option(
      names = "--features",
      defaultValue = "",
      description = "Parts of PromQL to switch on, or off with a minus, set apart by commas.")
  private String features = "";

  /// The form of a request, for the caller to add to.
  List<Map.Entry<String, String>> form() {
    List<Map.Entry<String, String>> form = new ArrayList<>();
    form.add(Map.entry("query", query));
    form.add(Map.entry("features", features));
    return form;
  }
}
