package io.pallium.base.config;

/// One thing that is wrong in a configuration.
///
/// @param origin where it was read: `file:line:column`, `flag --name`, `environment NAME`
/// @param path the YAML path of the key, empty if the problem belongs to no key
/// @param message what is wrong and what would be right
public record ConfigProblem(String origin, String path, String message) {
  @Override
  public String toString() {
    return path.isEmpty() ? origin + ": " + message : origin + ": " + path + ": " + message;
  }
}
