package io.pallium.server.tool;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A label or annotation of an alert rule as Prometheus writes them: text with actions of Go's
/// template language in double braces. Known are pipelines, variables, `if`, `with`, `range`, the
/// comments, the trim markers and the functions of [TemplateFunctions]; what else Go has is refused
/// by name when the template is read. Immutable.
final class AlertTemplate {
  private static final String START = "{{";
  private static final String END = "}}";
  private static final Set<String> UNKNOWN_ACTIONS =
      Set.of("define", "template", "block", "break", "continue");

  /// A part of a template.
  private sealed interface Node {}

  private record Text(String text) implements Node {}

  private record Output(TemplatePipeline pipeline) implements Node {}

  private record Assignment(String variable, TemplatePipeline pipeline) implements Node {}

  private record Condition(TemplatePipeline test, List<Node> then, List<Node> otherwise)
      implements Node {}

  private record With(TemplatePipeline value, List<Node> then, List<Node> otherwise)
      implements Node {}

  private record Range(TemplatePipeline value, List<Node> each, List<Node> otherwise)
      implements Node {}

  /// How a list of nodes ended.
  private record Ending(String keyword, String rest) {}

  private final String text;
  private final List<Node> nodes;
  private int at;
  private boolean trimsNext;

  private AlertTemplate(String text) {
    this.text = text;
    List<Node> read = new ArrayList<>();
    Ending ending = readNodes(read);
    if (ending != null) {
      throw new IllegalArgumentException("unexpected {{" + ending.keyword + "}}");
    }
    this.nodes = read;
  }

  /// Reads a template.
  ///
  /// @throws IllegalArgumentException if it is none, or has what is not supported
  static AlertTemplate parse(String text) {
    return new AlertTemplate(text);
  }

  /// The text with the values of one alert. A failure stands in the text, as in Prometheus.
  ///
  /// @param data `.Labels`, `.Value`, `.ExternalLabels` and `.ExternalURL`
  String expand(Map<String, Object> data, TemplateFunctions functions) {
    Map<String, @Nullable Object> variables = new HashMap<>();
    variables.put("$", data);
    variables.put("$labels", data.get("Labels"));
    variables.put("$value", data.get("Value"));
    variables.put("$externalLabels", data.get("ExternalLabels"));
    variables.put("$externalURL", data.get("ExternalURL"));
    StringBuilder out = new StringBuilder();
    try {
      write(nodes, data, variables, functions, out);
      return out.toString();
    } catch (IllegalArgumentException e) {
      return "<error expanding template: " + e.getMessage() + ">";
    }
  }

  private static void write(
      List<Node> nodes,
      @Nullable Object dot,
      Map<String, @Nullable Object> variables,
      TemplateFunctions functions,
      StringBuilder out) {
    for (Node node : nodes) {
      switch (node) {
        case Text(String plain) -> out.append(plain);
        case Output(TemplatePipeline pipeline) ->
            out.append(TemplateFunctions.print(pipeline.evaluate(dot, variables, functions)));
        case Assignment(String variable, TemplatePipeline pipeline) ->
            variables.put(variable, pipeline.evaluate(dot, variables, functions));
        case Condition(TemplatePipeline test, List<Node> then, List<Node> otherwise) -> {
          boolean isTrue = TemplateFunctions.isTrue(test.evaluate(dot, variables, functions));
          write(isTrue ? then : otherwise, dot, variables, functions, out);
        }
        case With(TemplatePipeline value, List<Node> then, List<Node> otherwise) -> {
          Object found = value.evaluate(dot, variables, functions);
          boolean isTrue = TemplateFunctions.isTrue(found);
          write(isTrue ? then : otherwise, isTrue ? found : dot, variables, functions, out);
        }
        case Range(TemplatePipeline value, List<Node> each, List<Node> otherwise) -> {
          List<?> items = TemplateFunctions.items(value.evaluate(dot, variables, functions));
          for (Object item : items) {
            write(each, item, variables, functions, out);
          }
          if (items.isEmpty()) {
            write(otherwise, dot, variables, functions, out);
          }
        }
      }
    }
  }

  /// Reads nodes up to the end of the text, or to an action that ends them.
  private @Nullable Ending readNodes(List<Node> into) {
    while (at < text.length()) {
      int start = text.indexOf(START, at);
      if (start < 0) {
        addText(into, text.substring(at), false);
        at = text.length();
        return null;
      }
      boolean trimsBefore = text.startsWith("- ", start + 2) || text.startsWith("-\n", start + 2);
      addText(into, text.substring(at, start), trimsBefore);
      int end = endOfAction(start + 2);
      String action = text.substring(start + (trimsBefore ? 3 : 2), end);
      at = end + 2;
      trimsNext = action.endsWith(" -") || action.endsWith("\n-");
      Ending ending =
          readAction((trimsNext ? action.substring(0, action.length() - 1) : action).strip(), into);
      if (ending != null) {
        return ending;
      }
    }
    return null;
  }

  private @Nullable Ending readAction(String action, List<Node> into) {
    if (action.startsWith("/*") && action.endsWith("*/")) {
      return null;
    }
    String keyword = action.split("[\\s(\"`]", 2)[0];
    String rest = action.substring(keyword.length()).strip();
    if (UNKNOWN_ACTIONS.contains(keyword)) {
      throw new IllegalArgumentException("the action {{" + keyword + "}} is not supported");
    }
    switch (keyword) {
      case "end", "else" -> {
        return new Ending(keyword, rest);
      }
      case "if", "with", "range" -> into.add(readBlock(keyword, rest));
      default -> into.add(readSimple(action));
    }
    return null;
  }

  private static Node readSimple(String action) {
    if (action.matches("(?s)\\$\\w+\\s*:?=[^=].*")) {
      int equals = action.indexOf('=');
      String variable = action.substring(0, equals).replace(":", "").strip();
      return new Assignment(variable, TemplatePipeline.parse(action.substring(equals + 1)));
    }
    return new Output(TemplatePipeline.parse(action));
  }

  private Node readBlock(String keyword, String condition) {
    if (condition.matches("(?s)\\$\\w+.*:=.*")) {
      throw new IllegalArgumentException(
          "a variable in {{" + keyword + " " + condition + "}} is not supported");
    }
    TemplatePipeline pipeline = TemplatePipeline.parse(condition);
    List<Node> then = new ArrayList<>();
    List<Node> otherwise = new ArrayList<>();
    Ending ending = readNodes(then);
    if (ending != null && ending.keyword.equals("else")) {
      String next = ending.rest.split("\\s", 2)[0];
      if (next.equals("if") || next.equals("with")) {
        otherwise.add(readBlock(next, ending.rest.substring(next.length()).strip()));
        return block(keyword, pipeline, then, otherwise);
      }
      ending = readNodes(otherwise);
    }
    if (ending == null || !ending.keyword.equals("end")) {
      throw new IllegalArgumentException("{{" + keyword + "}} has no {{end}}");
    }
    return block(keyword, pipeline, then, otherwise);
  }

  private static Node block(
      String keyword, TemplatePipeline pipeline, List<Node> then, List<Node> otherwise) {
    return switch (keyword) {
      case "if" -> new Condition(pipeline, then, otherwise);
      case "with" -> new With(pipeline, then, otherwise);
      default -> new Range(pipeline, then, otherwise);
    };
  }

  private void addText(List<Node> into, String plain, boolean trimsEnd) {
    String cut = trimsNext ? plain.stripLeading() : plain;
    trimsNext = false;
    cut = trimsEnd ? cut.stripTrailing() : cut;
    if (!cut.isEmpty()) {
      into.add(new Text(cut));
    }
  }

  /// Where the closing braces are, which can also stand in a string.
  private int endOfAction(int from) {
    char quote = 0;
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote != 0) {
        if (c == '\\' && quote == '"') {
          i++;
        } else if (c == quote) {
          quote = 0;
        }
      } else if (c == '"' || c == '`') {
        quote = c;
      } else if (text.startsWith(END, i)) {
        return i;
      }
    }
    throw new IllegalArgumentException("an action is not closed: " + text.substring(from - 2));
  }
}
