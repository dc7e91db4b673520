package io.pallium.tsdb.block;

import io.pallium.base.CorruptDataException;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.tsdb.chunk.ColumnDecoder;

/// The samples of one series of a block, a chunk per run. Confined to one thread.
final class BlockCursor implements SampleCursor {
  private final BlockReader block;
  private final ChunkSegments.Access chunks;
  private final ChunkPlaces places;
  private final long maxMs;
  private final QueryControl control;
  private final ColumnDecoder decoder;
  private long minMs;
  private int next;

  /// @param segments the files of the block's chunks, as they are to be read
  BlockCursor(
      BlockReader block,
      ChunkSegments segments,
      ChunkPlaces places,
      long minMs,
      long maxMs,
      QueryControl control) {
    this.block = block;
    this.chunks = segments.access();
    this.places = places;
    this.minMs = minMs;
    this.maxMs = maxMs;
    this.control = control;
    this.decoder = new ColumnDecoder(control);
  }

  @Override
  public void skipTo(long timestampMs) {
    minMs = Math.max(minMs, timestampMs);
  }

  @Override
  public boolean nextRun(SampleColumn into) {
    while (next < places.count()) {
      int chunk = next++;
      if (places.maxMs(chunk) < minMs) {
        continue;
      }
      if (places.minMs(chunk) > maxMs) {
        return false;
      }
      control.check();
      int before = into.size();
      try {
        chunks.read(places.place(chunk));
        decode(into);
      } catch (CorruptDataException e) {
        into.setSize(before);
        throw block.suspect(e);
      } catch (InternalError e) {
        into.setSize(before);
        throw block.quarantine(e);
      }
      if (into.size() > before) {
        return true;
      }
    }
    return false;
  }

  private void decode(SampleColumn into) {
    try {
      decoder.add(chunks.encoding(), chunks.buffer(), 1, chunks.lengthBytes(), minMs, maxMs, into);
    } catch (CorruptDataException e) {
      throw chunks.corrupt(e.getMessage(), e);
    }
  }
}
