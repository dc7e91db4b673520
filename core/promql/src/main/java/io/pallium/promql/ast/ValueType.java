package io.pallium.promql.ast;

import java.util.Locale;

/// What an expression evaluates to.
public enum ValueType {
  NONE("none"),
  VECTOR("instant vector"),
  SCALAR("scalar"),
  MATRIX("range vector"),
  STRING("string");

  private final String documentedName;

  ValueType(String documentedName) {
    this.documentedName = documentedName;
  }

  /// The name in the query API: `vector`, `matrix`, `scalar`, `string`, `none`.
  public String apiName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The name that the documentation and error messages use, such as "instant vector".
  public String documentedName() {
    return documentedName;
  }
}
