package io.pallium.it.architecture.planted.model;

import java.util.Comparator;

/// The same by a method reference.
final class LabelsOrderedByReference {
  Comparator<String> order() {
    return String::compareTo;
  }
}
