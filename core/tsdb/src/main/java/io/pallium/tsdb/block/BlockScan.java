package io.pallium.tsdb.block;

import io.pallium.model.Labels;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleCursor;
import io.pallium.tsdb.deletion.TimeSpans;
import io.pallium.tsdb.deletion.UndeletedCursor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Walks all series of a block in label order, with their chunks as they are encoded. Confined to
/// one thread; keeps the block readable until it is closed.
public final class BlockScan implements AutoCloseable {
  private static final int[] NONE = {};

  private final BlockReader block;
  private final IndexReader.Access index;
  private final ChunkSegments.Access chunks;
  private final QueryControl control = QueryControl.unlimited();
  private final ChunkPlaces places = new ChunkPlaces();
  private int[] references = NONE;
  private int position = -1;
  private boolean isClosed;

  /// @param block has been entered for this one
  BlockScan(BlockReader block) {
    this.block = block;
    this.index = block.index().access();
    this.chunks = block.chunks().access();
  }

  /// Moves to the next series.
  ///
  /// @return whether there is one
  public boolean next() {
    try {
      if (position < 0) {
        references = index.allPostings().toArray();
      }
      if (++position >= references.length) {
        return false;
      }
      index.readChunks(references[position], Long.MIN_VALUE, Long.MAX_VALUE, places);
      return true;
    } catch (InternalError e) {
      throw block.quarantine(e);
    }
  }

  public Labels labels() {
    try {
      return index.readLabels(references[position]);
    } catch (InternalError e) {
      throw block.quarantine(e);
    }
  }

  /// The chunks of the series, in order of time.
  public int chunkCount() {
    return places.count();
  }

  public long chunkMinMs(int chunk) {
    return places.minMs(chunk);
  }

  public long chunkMaxMs(int chunk) {
    return places.maxMs(chunk);
  }

  /// Whether a sample of the chunk can be deleted.
  public boolean isTouchedByDeletion(int chunk) {
    @Nullable TimeSpans deleted = deleted();
    return deleted != null && deleted.overlaps(places.minMs(chunk), places.maxMs(chunk));
  }

  /// Whether all samples of the chunk are deleted.
  public boolean isAllDeleted(int chunk) {
    @Nullable TimeSpans deleted = deleted();
    return deleted != null && deleted.covers(places.minMs(chunk), places.maxMs(chunk));
  }

  /// Reads a chunk and compares its checksum; what the accessors below say is about it.
  public void read(int chunk) {
    try {
      chunks.read(places.place(chunk));
    } catch (InternalError e) {
      throw block.quarantine(e);
    }
  }

  /// How the chunk that was read is encoded.
  public int encoding() {
    return chunks.encoding();
  }

  /// Holds the chunk that was read; valid, and free to be changed, until the next is read.
  public byte[] buffer() {
    return chunks.buffer();
  }

  /// Where in the buffer the chunk begins.
  public int offset() {
    return 1;
  }

  public int lengthBytes() {
    return chunks.lengthBytes();
  }

  /// The samples in the chunks `[from, to)` that are not deleted.
  public SampleCursor samples(int from, int to) {
    SampleCursor all =
        new BlockCursor(
            block, block.chunks(), places.copy(from, to), Long.MIN_VALUE, Long.MAX_VALUE, control);
    return UndeletedCursor.of(all, deleted(), control);
  }

  /// Whether the chunk that was read is the same as that of another scan.
  public boolean isSameChunk(BlockScan other) {
    return lengthBytes() == other.lengthBytes()
        && Arrays.equals(buffer(), 0, 1 + lengthBytes(), other.buffer(), 0, 1 + lengthBytes());
  }

  private @Nullable TimeSpans deleted() {
    return block.tombstones().of(references[position]);
  }

  @Override
  public void close() {
    if (!isClosed) {
      isClosed = true;
      block.release();
    }
  }
}
