package io.pallium.server.tool;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A pipeline of a template's action: commands, each of which gets the value of the one before as
/// its last argument. Immutable.
final class TemplatePipeline {
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s*(?:(?<string>\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`)"
              + "|(?<number>[+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][+-]?\\d+)?(?![\\w.]))"
              + "|(?<field>(?:\\$\\w*)?(?:\\.\\w+)+|\\.|\\$\\w*)"
              + "|(?<word>[A-Za-z_]\\w*)"
              + "|(?<mark>[|()]))");

  /// What gives a value.
  private sealed interface Operand {}

  private record Constant(@Nullable Object value) implements Operand {}

  /// @param root a variable, or empty for the dot
  private record Field(String root, List<String> names) implements Operand {}

  private record Function(String name) implements Operand {}

  private record Inner(TemplatePipeline pipeline) implements Operand {}

  private final List<List<Operand>> commands = new ArrayList<>();

  private TemplatePipeline() {}

  /// @throws IllegalArgumentException if it is none, or names a function that is not supported
  static TemplatePipeline parse(String text) {
    Matcher matcher = TOKEN.matcher(text.strip());
    TemplatePipeline pipeline = parse(matcher, text.strip(), false);
    return pipeline;
  }

  private static TemplatePipeline parse(Matcher matcher, String text, boolean isInner) {
    TemplatePipeline pipeline = new TemplatePipeline();
    List<Operand> command = new ArrayList<>();
    while (matcher.regionStart() < text.length()) {
      if (!matcher.lookingAt()) {
        throw new IllegalArgumentException(
            "not supported: " + text.substring(matcher.regionStart()));
      }
      String mark = matcher.group("mark");
      Operand operand = mark == null ? operand(matcher) : null;
      matcher.region(matcher.end(), text.length());
      if (operand != null) {
        command.add(operand);
      } else if ("(".equals(mark)) {
        command.add(new Inner(parse(matcher, text, true)));
      } else {
        pipeline.add(command, text);
        command = new ArrayList<>();
        if (")".equals(mark)) {
          if (!isInner) {
            throw new IllegalArgumentException("unexpected ) in " + text);
          }
          return pipeline;
        }
      }
    }
    if (isInner) {
      throw new IllegalArgumentException("a ( is not closed in " + text);
    }
    pipeline.add(command, text);
    return pipeline;
  }

  private void add(List<Operand> command, String text) {
    if (command.isEmpty()) {
      throw new IllegalArgumentException("missing value for command in " + text);
    }
    commands.add(command);
  }

  private static Operand operand(Matcher token) {
    String string = token.group("string");
    if (string != null) {
      String inside = string.substring(1, string.length() - 1);
      return new Constant(string.charAt(0) == '`' ? inside : inside.translateEscapes());
    }
    String number = token.group("number");
    if (number != null) {
      return new Constant(
          number.matches("[+-]?\\d+") ? (Object) Long.valueOf(number) : Double.valueOf(number));
    }
    String field = token.group("field");
    if (field != null) {
      String[] parts = field.equals(".") ? new String[] {""} : field.split("\\.", -1);
      return new Field(parts[0], List.of(parts).subList(1, parts.length));
    }
    String word = token.group("word");
    return switch (word) {
      case "true" -> new Constant(true);
      case "false" -> new Constant(false);
      case "nil" -> new Constant(null);
      default -> {
        TemplateFunctions.require(word);
        yield new Function(word);
      }
    };
  }

  @Nullable Object evaluate(
      @Nullable Object dot, Map<String, @Nullable Object> variables, TemplateFunctions functions) {
    Object value = null;
    for (int i = 0; i < commands.size(); i++) {
      List<Operand> command = commands.get(i);
      List<@Nullable Object> arguments = new ArrayList<>();
      for (Operand operand : command.subList(1, command.size())) {
        arguments.add(value(operand, dot, variables, functions));
      }
      if (i > 0) {
        arguments.add(value);
      }
      Operand first = command.getFirst();
      if (first instanceof Function(String name)) {
        value = functions.call(name, arguments);
      } else if (arguments.isEmpty()) {
        value = value(first, dot, variables, functions);
      } else {
        throw new IllegalArgumentException("can't give argument to non-function");
      }
    }
    return value;
  }

  private static @Nullable Object value(
      Operand operand,
      @Nullable Object dot,
      Map<String, @Nullable Object> variables,
      TemplateFunctions functions) {
    return switch (operand) {
      case Constant(Object constant) -> constant;
      case Function(String name) -> functions.call(name, List.of());
      case Inner(TemplatePipeline pipeline) -> pipeline.evaluate(dot, variables, functions);
      case Field(String root, List<String> names) -> {
        if (!root.isEmpty() && !variables.containsKey(root)) {
          throw new IllegalArgumentException("undefined variable \"" + root + "\"");
        }
        Object value = root.isEmpty() ? dot : variables.get(root);
        for (String name : names) {
          value = TemplateFunctions.field(value, name);
        }
        yield value;
      }
    };
  }
}
