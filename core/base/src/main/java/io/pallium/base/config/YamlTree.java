package io.pallium.base.config;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/// One YAML document as nodes with positions. Only the structure is YAML's: every scalar is a text
/// until the schema gives it a type. Aliases and merge keys (`<<`) are resolved within limits.
///
/// Problems go to the list given to each call; nothing is thrown for bad input.
final class YamlTree {
  private static final int MAX_DEPTH = 32;
  private static final int MAX_ALIASES = 10_000;
  private static final int MAX_CHARS = 32 * 1024 * 1024;
  private static final String MERGE_KEY = "<<";

  private final String name;
  private final boolean isFile;
  private final List<ConfigProblem> problems;

  /// A document from a file, whose problems carry lines and columns.
  static YamlTree ofFile(String file, List<ConfigProblem> problems) {
    return new YamlTree(file, true, problems);
  }

  /// A document that is the value of a flag or an environment variable.
  static YamlTree ofValue(String origin, List<ConfigProblem> problems) {
    return new YamlTree(origin, false, problems);
  }

  private YamlTree(String name, boolean isFile, List<ConfigProblem> problems) {
    this.name = name;
    this.isFile = isFile;
    this.problems = problems;
  }

  /// A key and its value in a mapping.
  record Entry(String key, Node keyNode, Node value) {}

  /// The root node of `text`; null if the document is empty or broken (then there is a problem).
  @Nullable Node compose(String text) {
    LoaderOptions options = new LoaderOptions();
    options.setNestingDepthLimit(MAX_DEPTH);
    options.setMaxAliasesForCollections(MAX_ALIASES);
    options.setCodePointLimit(MAX_CHARS);
    try {
      return new Yaml(options).compose(new StringReader(text));
    } catch (MarkedYAMLException e) {
      Mark mark = e.getProblemMark();
      String problem = e.getProblem() == null ? "" : ": " + oneLine(e.getProblem());
      problems.add(new ConfigProblem(mark == null ? name : at(mark), "", "not YAML" + problem));
    } catch (YAMLException e) {
      problems.add(
          new ConfigProblem(name, "", "not YAML: " + oneLine(String.valueOf(e.getMessage()))));
    }
    return null;
  }

  private static String oneLine(String message) {
    return message.strip().replaceAll("[\\p{Cntrl}\\s]+", " ");
  }

  /// Where a node begins, lines and columns from 1.
  String at(Node node) {
    return at(node.getStartMark());
  }

  private String at(Mark mark) {
    return isFile ? name + ":" + (mark.getLine() + 1) + ":" + (mark.getColumn() + 1) : name;
  }

  void problem(Node node, String path, String message) {
    problems.add(new ConfigProblem(at(node), path, message));
  }

  /// Whether there is nothing after the key: `key:`.
  static boolean isEmpty(Node node) {
    return node instanceof ScalarNode scalar && scalar.isPlain() && scalar.getValue().isEmpty();
  }

  /// The entries of a mapping in the order of the file, merges after its own. A key that stands
  /// twice is a problem; the first counts. Null if the node is no mapping, which is a problem too.
  @Nullable Map<String, Entry> entries(Node node, String path) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    Set<Node> visited = Collections.newSetFromMap(new IdentityHashMap<>());
    return collect(node, path, entries, visited) ? entries : null;
  }

  private boolean collect(Node node, String path, Map<String, Entry> into, Set<Node> visited) {
    if (!(node instanceof MappingNode mapping)) {
      problem(node, path, "must be a mapping of keys to values, is " + kind(node));
      return false;
    }
    if (!visited.add(node)) {
      return true;
    }
    List<Node> merges = new ArrayList<>();
    Map<String, Node> own = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode keyNode)) {
        problem(tuple.getKeyNode(), path, "a key must be a text, is " + kind(tuple.getKeyNode()));
        continue;
      }
      String key = keyNode.getValue();
      if (key.equals(MERGE_KEY) && keyNode.isPlain()) {
        merges.add(tuple.getValueNode());
        continue;
      }
      Node first = own.putIfAbsent(key, keyNode);
      if (first != null) {
        String where = isFile ? ", first in line " + (first.getStartMark().getLine() + 1) : "";
        problem(keyNode, KeyName.join(path, Quoted.name(key)), "the key is there twice" + where);
        continue;
      }
      into.putIfAbsent(key, new Entry(key, keyNode, tuple.getValueNode()));
    }
    for (Node merge : merges) {
      merge(merge, path, into, visited);
    }
    return true;
  }

  private void merge(Node merge, String path, Map<String, Entry> into, Set<Node> visited) {
    if (merge instanceof SequenceNode several) {
      several.getValue().forEach(one -> collect(one, path, into, visited));
      return;
    }
    collect(merge, path, into, visited);
  }

  static String kind(Node node) {
    return switch (node) {
      case MappingNode _ -> "a mapping";
      case SequenceNode _ -> "a list";
      case ScalarNode scalar when isEmpty(scalar) -> "empty";
      case ScalarNode scalar -> Quoted.value(scalar.getValue());
      default -> "something else";
    };
  }
}
