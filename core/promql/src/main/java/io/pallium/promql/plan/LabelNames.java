package io.pallium.promql.plan;

/// What can be the name of a label.
final class LabelNames {
  private LabelNames() {}

  /// Whether a name is not empty and UTF-8: the parser keeps bytes that are not as lone surrogates.
  static boolean isValid(String name) {
    return !name.isEmpty()
        && name.codePoints()
            .noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
  }
}
