package io.pallium.base.config;

/// Writes the reference of a configuration record as Markdown: one table per section. The same
/// record gives the same text, byte for byte.
public final class ConfigDocs {
  private static final String TABLE_HEAD =
      """
      | YAML | Flag | Environment variable | Type | Default | What it does |
      | --- | --- | --- | --- | --- | --- |
      """;
  private static final String ENTRY_TABLE_HEAD =
      """
      | YAML | Type | Default | What it does |
      | --- | --- | --- | --- |
      """;

  private ConfigDocs() {}

  /// The sections and tables of all keys, without a title of the page.
  ///
  /// @param defaults an instance with the default of every key
  /// @throws IllegalArgumentException if a key or a section has no `@Doc`, or if the record cannot
  ///   be configuration
  public static String markdown(Record defaults) {
    StringBuilder out = new StringBuilder();
    for (ConfigSchema.Section section : ConfigSchema.of(defaults).sections()) {
      boolean isRoot = section.path().isEmpty();
      if (!isRoot) {
        requireDoc(section.path(), section.doc());
      }
      if (isRoot && section.keys().isEmpty()) {
        continue;
      }
      out.append(isRoot ? "## Top level" : "## `" + section.path() + "`").append("\n\n");
      if (!section.doc().isEmpty()) {
        out.append(section.doc()).append("\n\n");
      }
      table(section, out);
    }
    return out.toString().stripTrailing() + "\n";
  }

  private static void table(ConfigSchema.Section section, StringBuilder out) {
    if (section.keys().isEmpty()) {
      return;
    }
    boolean isNamed = !section.keys().getFirst().flag().isEmpty();
    out.append(isNamed ? TABLE_HEAD : ENTRY_TABLE_HEAD);
    for (ConfigKey key : section.keys()) {
      requireDoc(key.path(), key.doc());
      out.append("| ").append(code(key.path()));
      if (isNamed) {
        out.append(" | ").append(code(key.flag()));
        out.append(" | ").append(code(key.environmentVariable()));
      }
      out.append(" | ").append(cell(key.type()));
      out.append(" | ").append(key.defaultValue().isEmpty() ? "" : code(key.defaultValue()));
      out.append(" | ").append(cell(key.doc()));
      if (!key.since().isEmpty()) {
        out.append(" Since ").append(key.since()).append('.');
      }
      out.append(" |\n");
    }
    out.append('\n');
  }

  private static String code(String text) {
    return "`" + cell(text) + "`";
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace('\n', ' ');
  }

  private static void requireDoc(String path, String doc) {
    if (doc.isBlank()) {
      throw new IllegalArgumentException("configuration key " + path + " has no @Doc");
    }
  }
}
