package io.pallium.tsdb.block;

import io.pallium.chunk.ChunkEncoding;
import io.pallium.model.Labels;
import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Writes one block: series in label order, each followed by its chunks in order of time, as they
/// are encoded. The block appears under its name when [#finish] returns, whole and durable, or not
/// at all. Confined to one thread.
///
/// All writing goes to `<ulid>.tmp-for-creation`; what an interrupted writer leaves there is
/// removed by [Blocks#open]. Memory: as [IndexWriter]. Source: docs/formats/block.md.
public final class BlockWriter implements AutoCloseable {
  private final DurableFiles files;
  private final Path parent;
  private final String ulid;
  private final BlockLineage lineage;
  private final long maxSegmentBytes;
  private final Path directory;
  private final Path chunkDirectory;
  private final IndexWriter index;
  private final ChunkEntries chunks = new ChunkEntries();
  private @Nullable BlockOutput segment;
  private long closedSegmentBytes;
  private int segments;
  private @Nullable Labels labels;
  private @Nullable Labels lastWritten;
  private long samples;
  private long floatSamples;
  private long seriesWritten;
  private long chunksWritten;
  private long minMs = Long.MAX_VALUE;
  private long maxMs = Long.MIN_VALUE;
  private boolean isFinished;
  private boolean isNamed;

  /// Begins a block of level 1.
  ///
  /// @param parent the directory that holds the blocks of the tenant; it exists
  /// @param ulid the name of the new block: [Ulid#next]
  public BlockWriter(DurableFiles files, Path parent, String ulid) throws IOException {
    this(files, parent, ulid, BlockLineage.original(ulid));
  }

  /// Begins a block that is made of others.
  ///
  /// @param lineage without the siblings, which are not known before all of them are sealed
  public BlockWriter(DurableFiles files, Path parent, String ulid, BlockLineage lineage)
      throws IOException {
    this(files, parent, ulid, lineage, BlockLayout.MAX_SEGMENT_BYTES);
  }

  BlockWriter(
      DurableFiles files, Path parent, String ulid, BlockLineage lineage, long maxSegmentBytes)
      throws IOException {
    this.files = files;
    this.parent = parent;
    this.ulid = ulid;
    this.lineage = lineage;
    this.maxSegmentBytes = maxSegmentBytes;
    this.directory = parent.resolve(ulid + BlockLayout.UNFINISHED_SUFFIX);
    this.chunkDirectory = directory.resolve(BlockLayout.CHUNKS);
    files.createDirectories(chunkDirectory);
    this.index =
        new IndexWriter(
            files, directory.resolve(BlockLayout.INDEX), directory.resolve("series-scratch"));
  }

  /// Begins the next series. One without chunks leaves no trace in the block.
  ///
  /// @param newLabels greater than those of the series before
  public void addSeries(Labels newLabels) throws IOException {
    endSeries();
    Labels before = lastWritten;
    if (before != null && before.compareTo(newLabels) >= 0) {
      throw new AssertionError("BUG: series " + newLabels + " comes after " + before);
    }
    labels = newLabels;
  }

  /// Adds a chunk to the present series.
  ///
  /// @param encoding one of [ChunkEncoding]
  /// @param chunkMinMs the time of its first sample, after the last one of the chunk before
  /// @param chunkMaxMs the time of its last sample
  /// @param source holds the chunk as it is encoded, its header with the number of samples included
  public void addChunk(
      int encoding, long chunkMinMs, long chunkMaxMs, byte[] source, int offset, int lengthBytes)
      throws IOException {
    if (labels == null
        || chunkMaxMs < chunkMinMs
        || chunks.count() > 0 && chunkMinMs <= chunks.lastMaxMs()) {
      throw new AssertionError(
          "BUG: chunk from " + chunkMinMs + " to " + chunkMaxMs + " of series " + labels);
    }
    BlockOutput out = segmentFor(lengthBytes);
    chunks.add(chunkMinMs, chunkMaxMs, (long) (segments - 1) << 32 | out.position());
    out.uvarint(lengthBytes);
    out.beginChecksum();
    out.octet(encoding);
    out.bytes(source, offset, lengthBytes);
    out.endChecksum();

    int count = ChunkEncoding.sampleCount(encoding, source, offset, lengthBytes);
    samples += count;
    if (ChunkEncoding.isFloat(encoding)) {
      floatSamples += count;
    }
    chunksWritten++;
    minMs = Math.min(minMs, chunkMinMs);
    maxMs = Math.max(maxMs, chunkMaxMs);
  }

  /// Makes the block durable and gives it its name.
  ///
  /// @return what the block is; empty if it would have no samples, and then there is none
  public Optional<BlockMeta> finish() throws IOException {
    return seal() ? Optional.of(publish(List.of())) : Optional.empty();
  }

  /// Ends the block without giving it its name.
  ///
  /// @return false if it would have no samples, and then there is none
  public boolean seal() throws IOException {
    endSeries();
    if (seriesWritten == 0) {
      close();
      return false;
    }
    closeSegment();
    index.finish();
    Tombstones.NONE.write(files, directory.resolve(BlockLayout.TOMBSTONES));
    return true;
  }

  public String ulid() {
    return ulid;
  }

  /// The bytes of chunks that were written so far.
  public long chunkBytes() {
    return closedSegmentBytes + (segment == null ? 0 : segment.position());
  }

  /// Makes a sealed block durable and gives it its name.
  ///
  /// @param siblings the names of all blocks that become valid together, this one included; empty
  ///   if it is the only one
  public BlockMeta publish(List<String> siblings) throws IOException {
    // What its parents covered, also where nothing is left of it: the end of a tenant's blocks must
    // not move back, or the log would be replayed from there.
    long coveredFromMs = minMs;
    long coveredToMs = maxMs == Long.MAX_VALUE ? maxMs : maxMs + 1;
    for (BlockLineage.Parent replaced : lineage.parents()) {
      coveredFromMs = Math.min(coveredFromMs, replaced.minTimeMs());
      coveredToMs = Math.max(coveredToMs, replaced.maxTimeMs());
    }
    BlockMeta meta =
        new BlockMeta(
            ulid,
            coveredFromMs,
            coveredToMs,
            new BlockStats(
                samples, floatSamples, samples - floatSamples, seriesWritten, chunksWritten),
            lineage.withSiblings(siblings));
    byte[] json = meta.toJson();
    try (BlockOutput out = new BlockOutput(files, directory.resolve(BlockLayout.META))) {
      out.bytes(json, 0, json.length);
      out.force();
    }
    files.forceDirectory(chunkDirectory);
    files.forceDirectory(directory);
    isNamed = true;
    files.rename(directory, parent.resolve(ulid));
    files.forceDirectory(parent);
    isFinished = true;
    return meta;
  }

  /// Removes what was written, unless the block was finished.
  @Override
  public void close() throws IOException {
    if (isFinished) {
      return;
    }
    isFinished = true;
    try (IndexWriter closedLast = index;
        BlockOutput closedFirst = segment) {
      segment = null;
    }
    files.delete(directory);
    if (isNamed) {
      // Nobody was told that the block is there, so the same samples will be written again.
      Blocks.delete(files, parent, ulid);
    }
  }

  private void endSeries() throws IOException {
    Labels ended = labels;
    if (ended == null || chunks.count() == 0) {
      labels = null;
      return;
    }
    index.add(ended.bytes(), chunks);
    seriesWritten++;
    lastWritten = ended;
    labels = null;
    chunks.reset();
  }

  private BlockOutput segmentFor(int lengthBytes) throws IOException {
    BlockOutput out = segment;
    if (out != null) {
      if (out.position() + lengthBytes + BlockLayout.CHUNK_FRAME_BYTES <= maxSegmentBytes) {
        return out;
      }
      closeSegment();
    }
    out = new BlockOutput(files, chunkDirectory.resolve(BlockLayout.segmentName(segments)));
    segment = out;
    segments++;
    out.be32(BlockLayout.CHUNKS_MAGIC);
    out.octet(BlockLayout.CHUNKS_VERSION);
    out.pad(BlockLayout.CHUNKS_HEADER_BYTES);
    return out;
  }

  private void closeSegment() throws IOException {
    BlockOutput out = segment;
    if (out != null) {
      segment = null;
      closedSegmentBytes += out.position();
      try (out) {
        out.force();
      }
    }
  }
}
