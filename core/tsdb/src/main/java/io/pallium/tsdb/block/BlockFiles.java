package io.pallium.tsdb.block;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// The files of one block, wherever they lie: `meta.json`, `index`, `tombstones` and those in
/// `chunks/`. Thread-safe. Source: docs/formats/block.md.
public interface BlockFiles extends Closeable {
  /// Where the block is, for messages. Its last part is the block's ULID.
  String location();

  /// The names in `chunks/`, sorted.
  List<String> chunkFiles() throws IOException;

  /// A file of the block, as `index` or `chunks/000001`; empty if there is none.
  Optional<ByteSource> open(String name) throws IOException;

  /// Ends all sources that were opened. What they returned must not be touched any more.
  @Override
  void close();
}
