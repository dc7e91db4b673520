package io.pallium.base.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;

/// Prints configuration as YAML that [ConfigBinder] reads back, secrets hidden.
public final class ConfigPrinter {
  private static final String SECRET = "<secret>";

  private ConfigPrinter() {}

  /// All keys of a configuration in the order of its records. A secret that is not empty is printed
  /// as `<secret>`.
  public static String print(Record config) {
    return dump(tree(Shape.of(config.getClass()), config, null));
  }

  /// Only the keys whose value is not that of `other`, which must be of the same type; `{}` if all
  /// are equal.
  public static String printDifferences(Record config, Record other) {
    return dump(tree(Shape.of(config.getClass()), config, other));
  }

  private static String dump(Map<String, Object> tree) {
    DumperOptions options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    options.setSplitLines(false);
    options.setIndicatorIndent(2);
    options.setIndentWithIndicator(true);
    return new Yaml(new TextRepresenter(options), options).dump(tree);
  }

  private static Map<String, Object> tree(
      Shape.Section section, Record config, @Nullable Record other) {
    Map<String, Object> tree = new LinkedHashMap<>();
    for (Shape.Member member : section.members()) {
      Object value = section.get(config, member);
      Object otherValue = other == null ? null : section.get(other, member);
      if (value == null || (other != null && Objects.equals(value, otherValue))) {
        continue;
      }
      if (member.shape() instanceof Shape.Section inner) {
        Map<String, Object> innerTree = tree(inner, (Record) value, (Record) otherValue);
        if (member.isInline()) {
          tree.putAll(innerTree);
        } else {
          tree.put(member.key(), innerTree);
        }
        continue;
      }
      tree.put(member.key(), isHidden(member, value) ? SECRET : plain(member.shape(), value));
    }
    return tree;
  }

  private static boolean isHidden(Shape.Member member, Object value) {
    boolean isEmpty = value.equals("") || value.equals(List.of()) || value.equals(Map.of());
    return member.isSecret() && !isEmpty;
  }

  /// The value as YAML's own types: maps, lists, booleans, numbers, texts.
  private static Object plain(Shape shape, Object value) {
    return switch (shape) {
      case Shape.Section section -> tree(section, (Record) value, null);
      case Shape.ListOf(Shape element) -> {
        List<Object> values = new ArrayList<>();
        ((List<?>) value).forEach(one -> values.add(plain(element, one)));
        yield values;
      }
      case Shape.MapOf(Shape element) -> {
        Map<String, Object> values = new LinkedHashMap<>();
        ((Map<?, ?>) value).forEach((key, one) -> values.put((String) key, plain(element, one)));
        yield values;
      }
      case Shape.Scalar(ScalarType type) -> plainScalar(type, value);
    };
  }

  private static Object plainScalar(ScalarType type, Object value) {
    if (value instanceof Double number && number == Math.rint(number) && Math.abs(number) < 1e15) {
      return type.formatter().apply(value).equals("-0.0") ? value : (Object) number.longValue();
    }
    boolean isYamlType = value instanceof Number || value instanceof Boolean;
    return isYamlType ? value : type.formatter().apply(value);
  }

  /// The value in the notation of a flag, for the reference.
  static String inLine(Shape.Member member, Object value) {
    if (isHidden(member, value)) {
      return SECRET;
    }
    return switch (member.shape()) {
      case Shape.Scalar(ScalarType type) -> type.formatter().apply(value);
      case Shape.ListOf(Shape.Scalar(ScalarType type)) ->
          ((List<?>) value)
              .stream().map(one -> type.formatter().apply(one)).collect(Collectors.joining(","));
      case Shape.MapOf(Shape.Scalar(ScalarType type)) ->
          ((Map<?, ?>) value)
              .entrySet().stream()
                  .map(entry -> entry.getKey() + "=" + type.formatter().apply(entry.getValue()))
                  .collect(Collectors.joining(","));
      default -> inFlowStyle(plain(member.shape(), value));
    };
  }

  private static String inFlowStyle(Object plain) {
    DumperOptions options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.FLOW);
    options.setWidth(Integer.MAX_VALUE);
    return new Yaml(new TextRepresenter(options), options).dump(plain).strip();
  }

  /// Escapes line breaks of all kinds: the emitter's other styles fold or lose some of them.
  private static final class TextRepresenter extends Representer {
    private static final Pattern BREAK = Pattern.compile("[\\p{Cntrl}\\u0085\\u2028\\u2029]");

    TextRepresenter(DumperOptions options) {
      super(options);
      representers.put(String.class, text -> represent((String) text));
    }

    private Node represent(String text) {
      boolean hasBreak = BREAK.matcher(text).find();
      return representScalar(
          Tag.STR,
          text,
          hasBreak ? DumperOptions.ScalarStyle.DOUBLE_QUOTED : DumperOptions.ScalarStyle.PLAIN);
    }
  }
}
