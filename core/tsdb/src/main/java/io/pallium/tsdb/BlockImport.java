package io.pallium.tsdb;

import io.pallium.tsdb.block.BlockWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/// Samples of elsewhere that are to become blocks of a tenant; see [Tsdb#importBlocks].
public interface BlockImport {
  /// A span of time that a block will cover.
  ///
  /// @param what where it comes from, for messages
  /// @param maxTimeMs exclusive
  record Span(String what, long minTimeMs, long maxTimeMs) {
    boolean overlaps(Span other) {
      return minTimeMs < other.maxTimeMs && other.minTimeMs < maxTimeMs;
    }

    @Override
    public String toString() {
      return what + " (" + minTimeMs + " to " + maxTimeMs + ")";
    }
  }

  /// What will be covered.
  List<Span> spans();

  /// Writes all blocks and seals them, none of them named.
  ///
  /// @param directory of the tenant's blocks
  /// @param names gives a new ULID each time
  /// @param written gets each block at once, and closes it if not all succeed
  void stage(Path directory, Supplier<String> names, List<BlockWriter> written) throws IOException;
}
