package io.pallium.it.architecture.planted.hot;

import io.pallium.base.HotPath;

/// Formats where samples pass.
@HotPath
final class HotFormat {
  String text(double value) {
    return String.format("%s", value);
  }

  String label(String name) {
    return "<%s>".formatted(name);
  }
}
