package io.pallium.tsdb;

import io.pallium.base.BadRequestException;
import io.pallium.model.TenantId;
import io.pallium.tsdb.block.BlockMeta;
import io.pallium.tsdb.block.BlockWriter;
import io.pallium.tsdb.block.Blocks;
import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// Adds blocks to those of a tenant: all, or none. Confined to one call; nothing is cut or
/// compacted meanwhile.
final class BlockImporter {
  private final DurableFiles files;
  private final TenantId tenant;
  private final Blocks blocks;

  BlockImporter(DurableFiles files, TenantId tenant, Blocks blocks) {
    this.files = files;
    this.tenant = tenant;
    this.blocks = blocks;
  }

  /// @param headMinTimeMs the oldest sample that is not in a block; Long.MAX_VALUE without one
  /// @throws BadRequestException if a span overlaps another one, a block, or what is in the head
  List<BlockMeta> run(BlockImport source, long headMinTimeMs, Supplier<String> names)
      throws IOException {
    refuseOverlap(source.spans(), headMinTimeMs);
    List<BlockWriter> written = new ArrayList<>();
    List<BlockMeta> named = new ArrayList<>();
    boolean isDone = false;
    try {
      source.stage(blocks.directory(), names, written);
      for (BlockWriter writer : written) {
        named.add(writer.publish(List.of()));
      }
      blocks.replace(List.of(), named.stream().map(BlockMeta::ulid).toList());
      isDone = true;
      return named;
    } finally {
      if (!isDone) {
        for (BlockMeta meta : named) {
          Blocks.delete(files, blocks.directory(), meta.ulid());
        }
      }
      for (BlockWriter writer : written) {
        writer.close();
      }
    }
  }

  private void refuseOverlap(List<BlockImport.Span> spans, long headMinTimeMs) {
    List<BlockImport.Span> all = new ArrayList<>(spans);
    for (BlockMeta meta : blocks.metas()) {
      all.add(new BlockImport.Span("block " + meta.ulid(), meta.minTimeMs(), meta.maxTimeMs()));
    }
    for (BlockImport.Span span : spans) {
      for (BlockImport.Span other : all) {
        if (!other.equals(span) && other.overlaps(span)) {
          throw new BadRequestException(
              "nothing is imported into tenant " + tenant + ": " + span + " overlaps " + other);
        }
      }
    }
    for (BlockImport.Span span : spans) {
      if (span.maxTimeMs() > headMinTimeMs) {
        throw new BadRequestException(
            "nothing is imported into tenant "
                + tenant
                + ": "
                + span
                + " reaches into what is not in blocks yet, which begins at "
                + headMinTimeMs
                + "; let the server flush it first (POST /ingester/flush?wait=true)");
      }
    }
  }
}
