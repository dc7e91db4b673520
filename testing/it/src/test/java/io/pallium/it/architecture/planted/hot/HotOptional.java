package io.pallium.it.architecture.planted.hot;

import io.pallium.base.HotPath;
import java.util.OptionalLong;

/// An optional value where samples pass.
@HotPath
final class HotOptional {
  OptionalLong last(long[] values) {
    return values.length == 0 ? OptionalLong.empty() : OptionalLong.of(values[values.length - 1]);
  }
}
