package io.pallium.tsdb.compact;

import java.io.IOException;

/// Holds a compaction back.
@FunctionalInterface
public interface Pace {
  /// As fast as it goes.
  Pace FREE = _ -> {};

  /// Called after some bytes were written; may wait.
  ///
  /// @throws IOException if the compaction is to end without a result
  void written(long bytes) throws IOException;
}
