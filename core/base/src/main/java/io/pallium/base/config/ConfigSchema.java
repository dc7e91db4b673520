package io.pallium.base.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All keys of a configuration record with every name they have. Immutable.
public final class ConfigSchema {
  private final Shape.Section root;
  private final List<Section> sections;
  private final Map<String, ConfigKey> byFlag = new LinkedHashMap<>();
  private final Map<String, ConfigKey> byVariable = new LinkedHashMap<>();

  /// The keys that stand together.
  ///
  /// @param path where they stand: empty for the root, `a.b` for a section, `a.b[]` for the entries
  ///   of a list, `a.b.<name>` for those of a map
  /// @param doc what the section is about
  public record Section(String path, String doc, List<ConfigKey> keys) {
    /// Copies the list.
    public Section {
      keys = List.copyOf(keys);
    }
  }

  private ConfigSchema(Record defaults) {
    this.root = Shape.of(defaults.getClass());
    List<Section> found = new ArrayList<>();
    walk(root, defaults, "", "", true, found);
    this.sections = List.copyOf(found);
    for (ConfigKey key : keys()) {
      if (!key.flag().isEmpty()) {
        byFlag.put(key.flag(), key);
        ConfigKey other = byVariable.putIfAbsent(key.environmentVariable(), key);
        if (other != null) {
          throw new IllegalArgumentException(
              "two configuration keys have one environment variable "
                  + key.environmentVariable()
                  + ": "
                  + other.path()
                  + " and "
                  + key.path());
        }
      }
    }
  }

  /// Reads the schema of a record.
  ///
  /// @param defaults an instance with the default of every key
  /// @throws IllegalArgumentException if the record cannot be configuration: a type that is not
  ///   supported, or two keys with one name in YAML, as flag or as environment variable
  public static ConfigSchema of(Record defaults) {
    return new ConfigSchema(defaults);
  }

  /// All keys, section by section, in the order of the record components.
  public List<ConfigKey> keys() {
    return sections.stream().flatMap(section -> section.keys().stream()).toList();
  }

  /// The sections, each before those inside it.
  public List<Section> sections() {
    return sections;
  }

  Shape.Section root() {
    return root;
  }

  Map<String, ConfigKey> byFlag() {
    return byFlag;
  }

  Map<String, ConfigKey> byVariable() {
    return byVariable;
  }

  private static void walk(
      Shape.Section shape,
      @Nullable Record defaults,
      String path,
      String doc,
      boolean isNamed,
      List<Section> into) {
    int position = into.size();
    List<ConfigKey> keys = new ArrayList<>();
    members(shape, defaults, path, isNamed, keys, into);
    into.add(position, new Section(path, doc, keys));
  }

  private static void members(
      Shape.Section shape,
      @Nullable Record givenDefaults,
      String path,
      boolean isNamed,
      List<ConfigKey> keys,
      List<Section> into) {
    Record defaults = givenDefaults == null ? shape.ownDefaults() : givenDefaults;
    for (Shape.Member member : shape.members()) {
      Object value = defaults == null ? null : shape.get(defaults, member);
      String memberPath = KeyName.join(path, member.key());
      if (member.shape() instanceof Shape.Section section) {
        if (member.isInline()) {
          members(section, (Record) value, path, isNamed, keys, into);
        } else {
          walk(section, (Record) value, memberPath, doc(member), isNamed, into);
        }
        continue;
      }
      keys.add(key(member, value, memberPath, isNamed));
      if (member.shape() instanceof Shape.ListOf(Shape.Section section)) {
        walk(section, null, memberPath + "[]", doc(member), false, into);
      }
      if (member.shape() instanceof Shape.MapOf(Shape.Section section)) {
        walk(section, null, memberPath + ".<name>", doc(member), false, into);
      }
    }
  }

  private static ConfigKey key(
      Shape.Member member, @Nullable Object value, String path, boolean isNamed) {
    return new ConfigKey(
        path,
        isNamed ? KeyName.flag(path) : "",
        isNamed ? KeyName.environment(path) : "",
        typeName(member.shape()),
        value == null ? "" : ConfigPrinter.inLine(member, value),
        doc(member),
        member.doc() == null ? "" : member.doc().since(),
        member.isSecret());
  }

  private static String doc(Shape.Member member) {
    return member.doc() == null ? "" : member.doc().value();
  }

  private static String typeName(Shape shape) {
    return switch (shape) {
      case Shape.Scalar(ScalarType type) -> type.name();
      case Shape.ListOf(Shape element) -> "list of " + typeName(element);
      case Shape.MapOf(Shape value) -> "map of name to " + typeName(value);
      case Shape.Section _ -> "section";
    };
  }
}
