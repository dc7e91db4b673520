package io.pallium.it.architecture.planted.model;

/// Orders labels by UTF-16 units, which is not their order above U+FFFF.
final class LabelsOrderedAsStrings {
  int compare(String one, String other) {
    return one.compareTo(other);
  }
}
