package io.pallium.server.tool;

import io.pallium.tsdb.BlockImport;
import io.pallium.tsdb.block.BlockMeta;
import io.pallium.tsdb.block.BlockReader;
import io.pallium.tsdb.block.BlockWriter;
import io.pallium.tsdb.compact.BlockCompactor;
import io.pallium.tsdb.compact.Pace;
import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// Blocks of Prometheus, Thanos, Cortex or Mimir as blocks of ours: read with all checksums,
/// without what is deleted, chunks as they are.
final class BlockFolderImport implements BlockImport, AutoCloseable {
  private final DurableFiles files;
  private final Runnable onBlock;
  private final List<BlockReader> blocks = new ArrayList<>();

  /// @param onBlock called after each block
  /// @throws io.pallium.base.CorruptDataException if a block does not open
  BlockFolderImport(DurableFiles files, List<BlockFolders.Found> folders, Runnable onBlock)
      throws IOException {
    this.files = files;
    this.onBlock = onBlock;
    boolean isOpen = false;
    try {
      for (BlockFolders.Found folder : folders) {
        blocks.add(BlockReader.open(files, folder.directory()));
      }
      isOpen = true;
    } finally {
      if (!isOpen) {
        close();
      }
    }
  }

  @Override
  public List<Span> spans() {
    List<Span> spans = new ArrayList<>();
    for (BlockReader block : blocks) {
      BlockMeta meta = block.meta();
      spans.add(new Span(block.location(), meta.minTimeMs(), meta.maxTimeMs()));
    }
    return spans;
  }

  @Override
  public void stage(Path directory, Supplier<String> names, List<BlockWriter> written)
      throws IOException {
    BlockCompactor copier = new BlockCompactor(files, names);
    for (BlockReader block : blocks) {
      copier.stage(block, directory, Pace.FREE).ifPresent(written::add);
      onBlock.run();
    }
  }

  @Override
  public void close() {
    blocks.forEach(BlockReader::close);
  }
}
