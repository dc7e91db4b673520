package io.pallium.it.architecture.planted.hot;

import io.pallium.base.HotPath;
import java.util.List;

/// Boxes where samples pass, in a nested class: the mark of the outer one holds for it.
@HotPath
final class HotBoxing {
  static final class Inner {
    void addTo(List<Long> values, long value) {
      values.add(value);
    }
  }
}
