package io.pallium.base.config;

import java.util.Locale;

/// The spellings of one key: record component `httpListenAddress`, YAML `http_listen_address`, flag
/// `--server.http-listen-address`, environment `PALLIUM_SERVER_HTTP_LISTEN_ADDRESS`.
final class KeyName {
  static final String ENVIRONMENT_PREFIX = "PALLIUM_";
  static final String FLAG_PREFIX = "--";

  private KeyName() {}

  /// The YAML key of a record component.
  ///
  /// @throws IllegalArgumentException if the name has no way back: two capitals in a row, or a
  ///   character that is neither letter nor digit
  static String ofComponent(String component) {
    if (!component.matches("[a-z][a-z0-9]*([A-Z][a-z0-9]+)*[A-Z]?")) {
      throw new IllegalArgumentException(
          "record component " + component + " must be in camelCase with single capitals");
    }
    return component.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  static String flag(String path) {
    return FLAG_PREFIX + path.replace('_', '-');
  }

  static String environment(String path) {
    return ENVIRONMENT_PREFIX + path.replace('.', '_').toUpperCase(Locale.ROOT);
  }

  static String join(String path, String key) {
    return path.isEmpty() ? key : path + "." + key;
  }
}
