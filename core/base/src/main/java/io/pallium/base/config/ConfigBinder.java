package io.pallium.base.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.Node;

/// Binds configuration to a tree of records. One key is `server.http_listen_address` in YAML,
/// `--server.http-listen-address=` on the command line, `PALLIUM_SERVER_HTTP_LISTEN_ADDRESS` in the
/// environment, and component `httpListenAddress` of the record in component `server`. A flag wins
/// over an environment variable, that over the file, that over the default; a list or map is
/// replaced as a whole.
///
/// Component types: `String`, `boolean`, `int`, `long`, `double`, `Duration`, [DataSize], `Path`,
/// `URI`, [HostAndPort], enums, records, `List` of these, and `Map` of `String` to these. Records
/// check their values in the constructor and throw `IllegalArgumentException`.
public final class ConfigBinder {
  private static final Pattern SERVICE_LINK =
      Pattern.compile(
          "\\w+_SERVICE_(HOST|PORT(_\\w+)?)|\\w+_PORT_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?");

  private ConfigBinder() {}

  /// Binds all sources.
  ///
  /// @param defaults what every key is that no source sets
  /// @throws ConfigException with all problems at once: unknown names, values that do not fit or
  ///   are refused by a record, names given twice, a file that cannot be read
  public static <T extends Record> T bind(Class<T> type, T defaults, ConfigSources sources) {
    ConfigSchema schema = ConfigSchema.of(defaults);
    List<ConfigProblem> problems = new ArrayList<>();
    Map<String, List<Binding.Text>> texts = new LinkedHashMap<>();
    List<ConfigProblem> outside = new ArrayList<>();
    readEnvironment(schema, sources, texts, outside);
    readArguments(schema, sources, texts, outside);

    YamlTree tree = YamlTree.ofFile(sources.textName, problems);
    Node node = rootNode(sources, tree, problems);
    List<String> paths = schema.keys().stream().map(ConfigKey::path).toList();
    Binding binding = new Binding(problems, texts, paths);
    Record bound = binding.section(schema.root(), tree, node, defaults, "");
    problems.addAll(outside);
    if (!problems.isEmpty() || bound == null) {
      throw new ConfigException(problems);
    }
    return type.cast(bound);
  }

  private static @Nullable Node rootNode(
      ConfigSources sources, YamlTree tree, List<ConfigProblem> problems) {
    String text = sources.text;
    if (sources.file != null) {
      text = readFile(sources.file, problems).orElse(null);
    }
    return text == null ? null : tree.compose(text);
  }

  /// The text of a file in UTF-8; empty and a problem if that fails.
  static Optional<String> readFile(Path file, List<ConfigProblem> problems) {
    try {
      return Optional.of(decode(Files.readAllBytes(file)));
    } catch (NoSuchFileException _) {
      problems.add(new ConfigProblem(file.toString(), "", "no such file"));
    } catch (CharacterCodingException _) {
      problems.add(new ConfigProblem(file.toString(), "", "not UTF-8"));
    } catch (IOException e) {
      problems.add(new ConfigProblem(file.toString(), "", "cannot be read: " + e.getMessage()));
    }
    return Optional.empty();
  }

  private static String decode(byte[] bytes) throws CharacterCodingException {
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }

  private static void readEnvironment(
      ConfigSchema schema,
      ConfigSources sources,
      Map<String, List<Binding.Text>> texts,
      List<ConfigProblem> problems) {
    for (var variable : new TreeMap<>(sources.environment).entrySet()) {
      String name = variable.getKey();
      if (!name.startsWith(KeyName.ENVIRONMENT_PREFIX) || sources.ignoredVariables.contains(name)) {
        continue;
      }
      ConfigKey key = schema.byVariable().get(name);
      String origin = "environment " + name;
      if (key == null && isServiceLink(name, variable.getValue())) {
        continue;
      }
      if (key == null) {
        String hint = nearest(name, schema.byVariable());
        problems.add(new ConfigProblem(origin, "", "unknown variable" + hint));
        continue;
      }
      add(texts, key, new Binding.Text(variable.getValue(), origin));
    }
  }

  /// Whether Kubernetes made the variable: it tells every pod of the services in its namespace, and
  /// those of a service named `pallium-…` have the prefix of the configuration.
  private static boolean isServiceLink(String name, String value) {
    return SERVICE_LINK.matcher(name).matches()
        || (name.endsWith("_PORT") && value.matches("(tcp|udp|sctp)://.*"));
  }

  private static void readArguments(
      ConfigSchema schema,
      ConfigSources sources,
      Map<String, List<Binding.Text>> texts,
      List<ConfigProblem> problems) {
    Map<ConfigKey, String> given = new LinkedHashMap<>();
    for (String argument : sources.arguments) {
      int equals = argument.indexOf('=');
      String name = equals < 0 ? argument : argument.substring(0, equals);
      ConfigKey key = schema.byFlag().get(name);
      if (key == null) {
        problems.add(unknownArgument(schema, name));
        continue;
      }
      String origin = "flag " + name;
      if (equals < 0 && !key.type().equals("boolean")) {
        problems.add(new ConfigProblem(origin, key.path(), "has no value, write " + name + "=..."));
        continue;
      }
      String value = equals < 0 ? "true" : argument.substring(equals + 1);
      String first = given.putIfAbsent(key, value);
      if (first == null) {
        add(texts, key, new Binding.Text(value, origin));
      } else if (!first.equals(value)) {
        problems.add(new ConfigProblem(origin, key.path(), "given twice with different values"));
      }
    }
  }

  private static ConfigProblem unknownArgument(ConfigSchema schema, String name) {
    String shown = name.length() > 80 ? name.substring(0, 80) + "…" : name;
    if (!name.startsWith("-")) {
      return new ConfigProblem("argument " + shown, "", "not a flag, write --name=value");
    }
    boolean isSection =
        schema.byFlag().keySet().stream().anyMatch(flag -> flag.startsWith(name + "."));
    if (isSection) {
      String message = "a section, not a key; its flags begin with " + shown + ".";
      return new ConfigProblem("flag " + shown, "", message);
    }
    return new ConfigProblem("flag " + shown, "", "unknown flag" + nearest(name, schema.byFlag()));
  }

  private static String nearest(String name, Map<String, ConfigKey> known) {
    return Nearest.to(name, known.keySet())
        .map(nearest -> ", did you mean " + nearest + "?")
        .orElse("");
  }

  private static void add(Map<String, List<Binding.Text>> texts, ConfigKey key, Binding.Text text) {
    texts.computeIfAbsent(key.path(), _ -> new ArrayList<>()).add(text);
  }
}
