package io.pallium.objectstore.layer;

import java.util.Locale;

/// What a store is asked to do.
public enum Operation {
  PUT,
  READ,
  LIST,
  DELETE,
  ATTRIBUTES;

  /// The value of the `operation` label, and the word in errors.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
