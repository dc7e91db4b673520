package io.pallium.tsdb.head;

import io.pallium.base.CorruptDataException;
import io.pallium.base.HotPath;
import io.pallium.chunk.ChunkSamples;
import io.pallium.tsdb.log.SeriesChunks;
import java.util.Arrays;

/// Puts series back as a checkpoint has them, if the files have all the closed chunks that it
/// names: these, those that were closed after it, and the samples of the open chunk. Confined.
@HotPath
final class SeriesRestore {
  private static final int NONE = -1;

  private final SeriesTable table;
  private final RecoveredChunks chunks;
  private final ChunkSamples open = new ChunkSamples();

  SeriesRestore(SeriesTable table, RecoveredChunks chunks) {
    this.table = table;
    this.chunks = chunks;
  }

  /// Restores a series that has nothing yet. Under the lock of the stripe.
  ///
  /// @param fromMs nothing that ends before it is wanted: it is in blocks
  /// @return whether all that is wanted is there; otherwise nothing was restored
  boolean restore(Stripe stripe, int slot, long ref, SeriesChunks saved, long fromMs) {
    try {
      boolean hasOpen = saved.open().length > 0;
      if (hasOpen) {
        open.decode(saved.encoding(), saved.open(), 0, saved.open().length);
      }
      boolean isOpenWanted = hasOpen && open.timestampMs(open.count() - 1) >= fromMs;
      int next = firstAfter(ref, saved, fromMs);
      if (!hasChain(ref, saved, fromMs) || !hasOutOfOrder(ref, saved, fromMs)) {
        return false;
      }
      if (isOpenWanted && next != NONE && chunks.minTimeMs(next) != open.timestampMs(0)) {
        return false;
      }
      boolean isOpenLast = isOpenWanted && next == NONE;
      attach(stripe, slot, ref, fromMs, !isOpenLast);
      if (isOpenLast) {
        append(stripe, slot);
      }
      return true;
    } catch (CorruptDataException e) {
      return false;
    }
  }

  /// The oldest chunk that was closed after the checkpoint: the open one of then, with what it got
  /// later; -1 if there is none.
  private int firstAfter(long ref, SeriesChunks saved, long fromMs) {
    long last = saved.inOrderCount() == 0 ? 0 : saved.positions()[0];
    int first = NONE;
    for (int chunk = chunks.newest(ref); isWanted(chunk, fromMs); chunk = chunks.previous(chunk)) {
      if (chunks.position(chunk) == last) {
        break;
      }
      first = chunk;
    }
    return first;
  }

  private boolean isWanted(int chunk, long fromMs) {
    return chunk != NONE && chunks.maxTimeMs(chunk) >= fromMs;
  }

  /// Whether the chain in the files is the one of the checkpoint, and perhaps goes on.
  private boolean hasChain(long ref, SeriesChunks saved, long fromMs) {
    int chunk = chunks.newest(ref);
    if (saved.inOrderCount() > 0) {
      while (isWanted(chunk, fromMs) && chunks.position(chunk) != saved.positions()[0]) {
        chunk = chunks.previous(chunk);
      }
    }
    for (int i = 0; i < saved.inOrderCount() && saved.maxTimesMs()[i] >= fromMs; i++) {
      if (chunk == NONE
          || chunks.position(chunk) != saved.positions()[i]
          || chunks.maxTimeMs(chunk) != saved.maxTimesMs()[i]) {
        return false;
      }
      chunk = chunks.previous(chunk);
    }
    return saved.inOrderCount() == 0 || !isWanted(chunk, fromMs);
  }

  private boolean hasOutOfOrder(long ref, SeriesChunks saved, long fromMs) {
    if (saved.inOrderCount() == saved.positions().length) {
      return true;
    }
    long[] found = new long[16];
    int count = 0;
    for (int chunk = chunks.outOfOrder(ref); chunk != NONE; chunk = chunks.previous(chunk)) {
      if (count == found.length) {
        found = Arrays.copyOf(found, count * 2);
      }
      found[count++] = chunks.position(chunk);
    }
    Arrays.sort(found, 0, count);
    for (int i = saved.inOrderCount(); i < saved.positions().length; i++) {
      if (saved.maxTimesMs()[i] >= fromMs
          && Arrays.binarySearch(found, 0, count, saved.positions()[i]) < 0) {
        return false;
      }
    }
    return true;
  }

  /// @param isNewestLast whether the newest chunk has the series' last sample
  private void attach(Stripe stripe, int slot, long ref, long fromMs, boolean isNewestLast) {
    int newest = chunks.newest(ref);
    if (newest != NONE) {
      stripe.attach(slot, chunks, newest, fromMs, isNewestLast);
    }
    int outOfOrder = chunks.outOfOrder(ref);
    if (outOfOrder != NONE) {
      stripe.attachOutOfOrder(slot, chunks, outOfOrder, fromMs);
    }
  }

  private void append(Stripe stripe, int slot) {
    long[] rows = table.rows.page(slot);
    int row = table.rows.row(slot);
    for (int i = 0; i < open.count(); i++) {
      long bits = Double.doubleToRawLongBits(open.value(i));
      stripe.append(slot, rows, row, open.timestampMs(i), bits, open.histogram(i), open.startMs(i));
    }
    stripe.restore(rows, row);
  }
}
