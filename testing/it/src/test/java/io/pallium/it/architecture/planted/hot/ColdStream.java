package io.pallium.it.architecture.planted.hot;

import java.util.stream.LongStream;

/// The same as the others without the mark: breaks no rule.
final class ColdStream {
  String text(long[] values) {
    return String.format("%s", LongStream.of(values).sum());
  }
}
