package io.pallium.base.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Where configuration comes from: a YAML file, environment variables and command line flags, all
/// of them optional. Immutable; built by the `with` methods from [#none()].
public final class ConfigSources {
  private static final ConfigSources NONE =
      new ConfigSources(null, null, "", Map.of(), Set.of(), List.of());

  final @Nullable Path file;
  final @Nullable String text;
  final String textName;
  final Map<String, String> environment;
  final Set<String> ignoredVariables;
  final List<String> arguments;

  private ConfigSources(
      @Nullable Path file,
      @Nullable String text,
      String textName,
      Map<String, String> environment,
      Set<String> ignoredVariables,
      List<String> arguments) {
    this.file = file;
    this.text = text;
    this.textName = textName;
    this.environment = environment;
    this.ignoredVariables = ignoredVariables;
    this.arguments = arguments;
  }

  /// No sources: every key has its default.
  public static ConfigSources none() {
    return NONE;
  }

  /// The YAML file, read when the configuration is bound. A file that cannot be read is refused.
  public ConfigSources withFile(Path path) {
    return new ConfigSources(path, null, path.toString(), environment, ignoredVariables, arguments);
  }

  /// YAML text in place of a file.
  ///
  /// @param name what stands before line and column in problems
  public ConfigSources withYaml(String name, String yaml) {
    return new ConfigSources(null, yaml, name, environment, ignoredVariables, arguments);
  }

  /// The process environment. Variables that do not begin with `PALLIUM_` are not looked at; of the
  /// others each must be a key, except those that Kubernetes makes for its services.
  ///
  /// @param ignored variables with the prefix that are no keys, such as those of the launcher
  public ConfigSources withEnvironment(Map<String, String> variables, Set<String> ignored) {
    return new ConfigSources(
        file, text, textName, Map.copyOf(variables), Set.copyOf(ignored), arguments);
  }

  /// The command line without the program and its command; each argument must be a flag:
  /// `--path.to-key=value`, or `--path.to-key` for a boolean that is to be true.
  public ConfigSources withArguments(List<String> flags) {
    return new ConfigSources(
        file, text, textName, environment, ignoredVariables, List.copyOf(flags));
  }
}
