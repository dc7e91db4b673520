package io.pallium.base.config;

import io.pallium.base.PalliumException;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/// One run of binding YAML nodes and texts to records. It collects every problem and goes on; a
/// record is created only if all its components could be read, so that a validation error is never
/// the echo of another problem. Confined to one thread.
final class Binding {
  /// Stands for a value that could not be read; the problem is in the list.
  private static final Object FAILED = new Object();

  private final List<ConfigProblem> problems;
  private final Map<String, List<Text>> texts;
  private final List<String> paths;

  /// @param texts values from environment variables and flags by path, the stronger later
  /// @param paths all keys of the configuration, for hints where a misplaced one belongs
  Binding(List<ConfigProblem> problems, Map<String, List<Text>> texts, List<String> paths) {
    this.problems = problems;
    this.texts = texts;
    this.paths = paths;
  }

  /// The value of a flag or an environment variable.
  record Text(String value, String origin) {}

  /// Where a section is: its document, its entries there, its path, and a place to blame.
  private record Place(
      YamlTree tree, Map<String, YamlTree.Entry> entries, String path, String origin) {
    String path(String key) {
      return KeyName.join(path, key);
    }
  }

  /// Binds a section.
  ///
  /// @param node what the document has for it, or null if nothing
  /// @param defaults the values of what is not set, or null if the record's own defaults apply
  /// @return null if there were problems
  @Nullable Record section(
      Shape.Section section,
      YamlTree tree,
      @Nullable Node node,
      @Nullable Record defaults,
      String path) {
    Object bound = boundSection(section, tree, node, defaults, path);
    return bound == FAILED ? null : (Record) bound;
  }

  private @Nullable Object boundSection(
      Shape.Section section,
      YamlTree tree,
      @Nullable Node node,
      @Nullable Record defaults,
      String path) {
    Map<String, YamlTree.Entry> entries = Map.of();
    if (node != null && !YamlTree.isEmpty(node)) {
      Map<String, YamlTree.Entry> found = tree.entries(node, path);
      if (found == null) {
        return FAILED;
      }
      entries = found;
    }
    String origin = node == null ? "configuration" : tree.at(node);
    Place place = new Place(tree, entries, path, origin);
    boolean known = refuseUnknownKeys(section, place);
    Object bound = members(section, place, defaults);
    return known ? bound : FAILED;
  }

  private boolean refuseUnknownKeys(Shape.Section section, Place place) {
    List<String> keys = section.keys();
    boolean known = true;
    for (YamlTree.Entry entry : place.entries().values()) {
      if (!keys.contains(entry.key())) {
        place
            .tree()
            .problem(
                entry.keyNode(),
                place.path(Quoted.name(entry.key())),
                "unknown key" + hint(entry.key(), keys));
        known = false;
      }
    }
    return known;
  }

  private String hint(String key, List<String> keys) {
    for (String path : paths) {
      if (path.endsWith("." + key)) {
        return ", did you mean " + path + "?";
      }
    }
    return Nearest.hint(key, keys);
  }

  private @Nullable Object members(
      Shape.Section section, Place place, @Nullable Record givenDefaults) {
    Record defaults = givenDefaults == null ? section.ownDefaults() : givenDefaults;
    List<Shape.Member> members = section.members();
    @Nullable Object[] values = new Object[members.size()];
    boolean isFailed = false;
    boolean isChanged = defaults == null;
    for (int i = 0; i < values.length; i++) {
      Object fallback = defaults == null ? null : section.get(defaults, members.get(i));
      values[i] = member(members.get(i), place, fallback, defaults != null);
      isFailed |= values[i] == FAILED;
      isChanged |= values[i] != fallback;
    }
    if (isFailed) {
      return FAILED;
    }
    return isChanged ? create(section, place, values) : defaults;
  }

  private @Nullable Object member(
      Shape.Member member, Place place, @Nullable Object fallback, boolean hasFallback) {
    if (member.isInline()) {
      return members((Shape.Section) member.shape(), place, (Record) fallback);
    }
    YamlTree.Entry entry = place.entries().get(member.key());
    String path = place.path(member.key());
    if (member.shape() instanceof Shape.Section section) {
      Node node = entry == null ? null : entry.value();
      return boundSection(section, place.tree(), node, (Record) fallback, path);
    }
    return leaf(member, place, entry, path, fallback, hasFallback);
  }

  private @Nullable Object leaf(
      Shape.Member member,
      Place place,
      YamlTree.@Nullable Entry entry,
      String path,
      @Nullable Object fallback,
      boolean hasFallback) {
    Object value = fallback;
    boolean isFailed = false;
    boolean isSet = hasFallback;
    if (entry != null) {
      Node node = entry.value();
      if (!(member.shape() instanceof Shape.Scalar) && YamlTree.isEmpty(node)) {
        value = fallback;
      } else {
        value = node(member.shape(), place.tree(), node, path, member.isSecret());
        isSet = true;
      }
      isFailed = value == FAILED;
    }
    for (Text text : texts.getOrDefault(path, List.of())) {
      value = text(member.shape(), text, path, member.isSecret());
      isSet = true;
      isFailed |= value == FAILED;
    }
    if (!isSet) {
      problems.add(new ConfigProblem(place.origin(), path, "missing, it has no default"));
      return FAILED;
    }
    return isFailed ? FAILED : value;
  }

  private @Nullable Object node(
      Shape shape, YamlTree tree, Node node, String path, boolean isSecret) {
    return switch (shape) {
      case Shape.Section section -> boundSection(section, tree, node, null, path);
      case Shape.Scalar(ScalarType type) -> scalarNode(type, tree, node, path, isSecret);
      case Shape.ListOf(Shape element) -> listNode(element, tree, node, path, isSecret);
      case Shape.MapOf(Shape value) -> mapNode(value, tree, node, path, isSecret);
    };
  }

  private Object scalarNode(
      ScalarType type, YamlTree tree, Node node, String path, boolean isSecret) {
    if (!(node instanceof ScalarNode scalar)) {
      tree.problem(node, path, "must be " + article(type) + ", is " + YamlTree.kind(node));
      return FAILED;
    }
    if (YamlTree.isEmpty(node)) {
      tree.problem(node, path, "has no value, give one or remove the key");
      return FAILED;
    }
    boolean isPlainTag = node.getTag().getValue().startsWith("tag:yaml.org,2002:");
    if (!isPlainTag || node.getTag().equals(Tag.BINARY)) {
      tree.problem(node, path, "must not have a tag");
      return FAILED;
    }
    return scalar(type, scalar.getValue(), tree.at(node), path, isSecret);
  }

  private static String article(ScalarType type) {
    String name = type.name();
    if (name.startsWith("one of ")) {
      return name;
    }
    return ("aeiou".indexOf(name.charAt(0)) >= 0 ? "an " : "a ") + name;
  }

  private Object scalar(
      ScalarType type, String text, String origin, String path, boolean isSecret) {
    try {
      return type.parser().apply(text);
    } catch (IllegalArgumentException e) {
      String message = isSecret ? "the secret is not " + article(type) : e.getMessage();
      problems.add(new ConfigProblem(origin, path, String.valueOf(message)));
      return FAILED;
    }
  }

  private Object listNode(Shape element, YamlTree tree, Node node, String path, boolean isSecret) {
    if (node instanceof ScalarNode scalar && element instanceof Shape.Scalar(ScalarType type)) {
      return split(type, scalar.getValue(), tree.at(node), path, isSecret);
    }
    if (!(node instanceof SequenceNode sequence)) {
      tree.problem(node, path, "must be a list, is " + YamlTree.kind(node));
      return FAILED;
    }
    List<Object> values = new ArrayList<>();
    boolean isFailed = false;
    for (Node child : sequence.getValue()) {
      String childPath = path + "[" + values.size() + "]";
      Object value = node(element, tree, child, childPath, isSecret);
      isFailed |= value == FAILED;
      values.add(value == null ? FAILED : value);
    }
    return isFailed ? FAILED : List.copyOf(values);
  }

  private Object mapNode(Shape shape, YamlTree tree, Node node, String path, boolean isSecret) {
    Map<String, YamlTree.Entry> entries = tree.entries(node, path);
    if (entries == null) {
      return FAILED;
    }
    Map<String, Object> values = new LinkedHashMap<>();
    boolean isFailed = false;
    for (YamlTree.Entry entry : entries.values()) {
      String childPath = KeyName.join(path, Quoted.name(entry.key()));
      Object value = node(shape, tree, entry.value(), childPath, isSecret);
      isFailed |= value == FAILED;
      values.put(entry.key(), value == null ? FAILED : value);
    }
    return isFailed ? FAILED : Collections.unmodifiableMap(values);
  }

  /// A value from one text: a single value as it is; a list as `a,b`, a map as `k=v,k2=v2`, and
  /// both also as YAML in brackets, which is the only way for lists and maps of sections.
  private @Nullable Object text(Shape shape, Text text, String path, boolean isSecret) {
    String value = text.value();
    if (shape instanceof Shape.Scalar(ScalarType type)) {
      return scalar(type, value, text.origin(), path, isSecret);
    }
    boolean isYaml = value.startsWith("[") || value.startsWith("{");
    if (!isYaml && shape instanceof Shape.ListOf(Shape.Scalar(ScalarType type))) {
      return split(type, value, text.origin(), path, isSecret);
    }
    if (!isYaml && shape instanceof Shape.MapOf(Shape.Scalar(ScalarType type))) {
      return splitMap(type, value, text.origin(), path, isSecret);
    }
    YamlTree tree = YamlTree.ofValue(text.origin(), problems);
    int before = problems.size();
    Node node = tree.compose(value);
    if (node != null) {
      return node(shape, tree, node, path, isSecret);
    }
    if (problems.size() == before) {
      String wanted = shape instanceof Shape.ListOf ? "[]" : "{}";
      problems.add(
          new ConfigProblem(text.origin(), path, "has no value, write " + wanted + " for none"));
    }
    return FAILED;
  }

  private Object split(ScalarType type, String text, String origin, String path, boolean isSecret) {
    List<Object> values = new ArrayList<>();
    boolean isFailed = false;
    for (String part : parts(text)) {
      Object value = scalar(type, part, origin, path + "[" + values.size() + "]", isSecret);
      isFailed |= value == FAILED;
      values.add(value);
    }
    return isFailed ? FAILED : List.copyOf(values);
  }

  private Object splitMap(
      ScalarType type, String text, String origin, String path, boolean isSecret) {
    Map<String, Object> values = new LinkedHashMap<>();
    boolean isFailed = false;
    for (String part : parts(text)) {
      int equals = part.indexOf('=');
      if (equals <= 0) {
        String shown = isSecret ? "an entry" : Quoted.value(part);
        problems.add(new ConfigProblem(origin, path, shown + " is not key=value"));
        isFailed = true;
        continue;
      }
      String key = part.substring(0, equals);
      String childPath = KeyName.join(path, Quoted.name(key));
      Object value = scalar(type, part.substring(equals + 1), origin, childPath, isSecret);
      isFailed |= value == FAILED;
      if (values.put(key, value) != null) {
        problems.add(new ConfigProblem(origin, childPath, "the key is there twice"));
        isFailed = true;
      }
    }
    return isFailed ? FAILED : Collections.unmodifiableMap(values);
  }

  private static List<String> parts(String text) {
    if (text.isBlank()) {
      return List.of();
    }
    List<String> parts = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      parts.add(part.strip());
    }
    return parts;
  }

  private Object create(Shape.Section section, Place place, @Nullable Object[] values) {
    try {
      return section.create(values);
    } catch (InvocationTargetException e) {
      Throwable cause = e.getCause();
      if (cause instanceof IllegalArgumentException
          || cause instanceof ArithmeticException
          || cause instanceof PalliumException) {
        problems.add(refused(section, place, String.valueOf(cause.getMessage())));
        return FAILED;
      }
      throw new IllegalStateException("cannot create " + section.type().getName(), cause);
    }
  }

  /// The problem of a record that refused its values, at the key that the message names first; if
  /// it names none, at the only key that was set, or else at the section.
  private ConfigProblem refused(Shape.Section section, Place place, String message) {
    String blamed = null;
    String onlySet = null;
    int setCount = 0;
    int first = Integer.MAX_VALUE;
    for (Shape.Member member : section.members()) {
      if (member.isInline()) {
        continue;
      }
      int mentioned = mentioned(member, message);
      if (mentioned < first) {
        first = mentioned;
        blamed = member.key();
      }
      if (!origin(place, member.key()).isEmpty()) {
        onlySet = member.key();
        setCount++;
      }
    }
    if (blamed == null && setCount == 1) {
      blamed = onlySet;
    }
    if (blamed == null) {
      return new ConfigProblem(place.origin(), place.path(), message);
    }
    String origin = origin(place, blamed);
    return new ConfigProblem(
        origin.isEmpty() ? place.origin() : origin, place.path(blamed), message);
  }

  private static int mentioned(Shape.Member member, String message) {
    String names =
        Pattern.quote(member.key())
            + "|"
            + Pattern.quote(member.component().getName())
            + "|"
            + Pattern.quote(member.key().replace('_', '-'));
    Matcher matcher = Pattern.compile("(?<![\\w-])(" + names + ")(?![\\w-])").matcher(message);
    return matcher.find() ? matcher.start() : Integer.MAX_VALUE;
  }

  /// Where the strongest value of a key was set; empty if it has its default.
  private String origin(Place place, String key) {
    String path = place.path(key);
    List<Text> fromTexts = texts.getOrDefault(path, List.of());
    if (!fromTexts.isEmpty()) {
      return fromTexts.getLast().origin();
    }
    YamlTree.Entry entry = place.entries().get(key);
    return entry == null ? "" : place.tree().at(entry.value());
  }
}
