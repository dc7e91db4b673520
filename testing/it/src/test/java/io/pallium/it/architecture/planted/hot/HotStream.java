package io.pallium.it.architecture.planted.hot;

import io.pallium.base.HotPath;
import java.util.stream.LongStream;

/// A stream where samples pass.
@HotPath
final class HotStream {
  long sum(long[] values) {
    return LongStream.of(values).sum();
  }
}
