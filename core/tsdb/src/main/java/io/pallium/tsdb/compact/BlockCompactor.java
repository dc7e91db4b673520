package io.pallium.tsdb.compact;

import io.pallium.model.Labels;
import io.pallium.tsdb.block.BlockLineage;
import io.pallium.tsdb.block.BlockMeta;
import io.pallium.tsdb.block.BlockReader;
import io.pallium.tsdb.block.BlockScan;
import io.pallium.tsdb.block.BlockWriter;
import io.pallium.tsdb.block.Blocks;
import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes one block of several, or one for each shard of their series. Stateless.
///
/// Series stream through in label order, one at a time: beside what the writer keeps per series and
/// label, memory holds the chunks of one series. Deleted samples are left out.
public final class BlockCompactor {
  private static final Logger log = LoggerFactory.getLogger(BlockCompactor.class);

  private final DurableFiles files;
  private final Supplier<String> names;

  /// @param names gives a new ULID each time
  public BlockCompactor(DurableFiles files, Supplier<String> names) {
    this.files = files;
    this.names = names;
  }

  /// A block that stands on a series, and its rank among the sources.
  private record Source(BlockScan scan, int rank, Labels labels) {}

  /// Writes the blocks and gives them their names: all of them, or, after a failure or the end of
  /// the process, none that [Blocks#open] would not remove. The sources stay; from then on they are
  /// superfluous.
  ///
  /// @param sources of samples of a series at the same time, that of the first block is kept
  /// @param directory of the tenant's blocks
  /// @return what was written; empty if no sample is left
  /// @throws io.pallium.base.CorruptDataException if a source is damaged
  public List<BlockMeta> compact(List<BlockReader> sources, Path directory, int shards, Pace pace)
      throws IOException {
    List<BlockMeta> metas = sources.stream().map(BlockReader::meta).toList();
    String shard = commonShard(metas, shards);
    int outputs = shard.isEmpty() ? shards : 1;
    List<BlockWriter> writers = new ArrayList<>();
    List<BlockScan> scans = new ArrayList<>();
    try {
      for (int i = 0; i < outputs; i++) {
        String name = outputs > 1 ? SeriesShard.name(i, shards) : shard;
        writers.add(new BlockWriter(files, directory, names.get(), lineage(metas, name)));
      }
      for (BlockReader source : sources) {
        scans.add(source.scan());
      }
      merge(scans, writers, pace);
      return publish(writers, directory);
    } finally {
      scans.forEach(BlockScan::close);
      close(writers);
    }
  }

  /// Writes a block with the samples of one of elsewhere, and seals it; [BlockWriter#publish] gives
  /// it its name.
  ///
  /// @param directory of the tenant's blocks
  /// @return empty if it has no samples
  /// @throws io.pallium.base.CorruptDataException if the source is damaged
  public Optional<BlockWriter> stage(BlockReader source, Path directory, Pace pace)
      throws IOException {
    BlockLineage from = source.meta().lineage();
    BlockLineage lineage = new BlockLineage(from.level(), from.sources(), List.of(), List.of(), "");
    BlockWriter writer = new BlockWriter(files, directory, names.get(), lineage);
    boolean isSealed = false;
    try (BlockScan scan = source.scan()) {
      merge(List.of(scan), List.of(writer), pace);
      isSealed = writer.seal();
      return isSealed ? Optional.of(writer) : Optional.empty();
    } finally {
      if (!isSealed) {
        close(List.of(writer));
      }
    }
  }

  /// The shard that all sources are of, if it is one of as many as are wanted.
  private static String commonShard(List<BlockMeta> sources, int shards) {
    String first = sources.getFirst().lineage().shard();
    boolean isCommon = sources.stream().allMatch(meta -> meta.lineage().shard().equals(first));
    return shards > 1 && isCommon && first.endsWith("_of_" + shards) ? first : "";
  }

  private static BlockLineage lineage(List<BlockMeta> metas, String shard) {
    int level = 0;
    TreeSet<String> sources = new TreeSet<>();
    List<BlockLineage.Parent> parents = new ArrayList<>();
    for (BlockMeta meta : metas) {
      level = Math.max(level, meta.lineage().level());
      sources.addAll(meta.lineage().sources());
      parents.add(new BlockLineage.Parent(meta.ulid(), meta.minTimeMs(), meta.maxTimeMs()));
    }
    return new BlockLineage(level + 1, List.copyOf(sources), parents, List.of(), shard);
  }

  private static void merge(List<BlockScan> scans, List<BlockWriter> writers, Pace pace)
      throws IOException {
    PriorityQueue<Source> waiting =
        new PriorityQueue<>(Comparator.comparing(Source::labels).thenComparingInt(Source::rank));
    for (int rank = 0; rank < scans.size(); rank++) {
      advance(scans.get(rank), rank, waiting);
    }
    SeriesShard hash = new SeriesShard();
    List<SeriesMerge> merges = writers.stream().map(SeriesMerge::new).toList();
    List<Source> present = new ArrayList<>();
    List<BlockScan> standing = new ArrayList<>();
    for (Source first = waiting.poll(); first != null; first = waiting.poll()) {
      present.clear();
      standing.clear();
      present.add(first);
      Source next = waiting.peek();
      while (next != null && next.labels.equals(first.labels)) {
        present.add(waiting.remove());
        next = waiting.peek();
      }
      present.forEach(source -> standing.add(source.scan));
      int shard = writers.size() == 1 ? 0 : hash.of(first.labels, writers.size());
      BlockWriter writer = writers.get(shard);
      long before = writer.chunkBytes();
      merges.get(shard).write(first.labels, standing);
      pace.written(writer.chunkBytes() - before);
      for (Source source : present) {
        advance(source.scan, source.rank, waiting);
      }
    }
  }

  private static void advance(BlockScan scan, int rank, PriorityQueue<Source> waiting) {
    if (scan.next()) {
      waiting.add(new Source(scan, rank, scan.labels()));
    }
  }

  private List<BlockMeta> publish(List<BlockWriter> writers, Path directory) throws IOException {
    List<BlockWriter> sealed = new ArrayList<>();
    for (BlockWriter writer : writers) {
      if (writer.seal()) {
        sealed.add(writer);
      }
    }
    List<String> siblings =
        sealed.size() > 1 ? sealed.stream().map(BlockWriter::ulid).toList() : List.of();
    List<BlockMeta> published = new ArrayList<>();
    boolean isDone = false;
    try {
      for (BlockWriter writer : sealed) {
        published.add(writer.publish(siblings));
      }
      isDone = true;
      return published;
    } finally {
      if (!isDone) {
        withdraw(published, directory);
      }
    }
  }

  private void withdraw(List<BlockMeta> published, Path directory) {
    for (BlockMeta meta : published) {
      try {
        Blocks.delete(files, directory, meta.ulid());
      } catch (IOException e) {
        log.warn("half a compaction is left until the next start block={}", meta.ulid(), e);
      }
    }
  }

  private static void close(List<BlockWriter> writers) {
    for (BlockWriter writer : writers) {
      try {
        writer.close();
      } catch (IOException e) {
        log.warn("an unfinished block is left until the next start block={}", writer.ulid(), e);
      }
    }
  }
}
