package io.pallium.tsdb.head;

import io.pallium.base.CorruptDataException;
import io.pallium.base.HotPath;
import io.pallium.base.concurrent.ThreadEnd;
import io.pallium.model.NativeHistogram;
import io.pallium.tsdb.log.SeriesChunks;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Applies what a replay reads to the series of some stripes, on a thread of its own, in the order
/// in which it was given. What waits is bounded: whoever gives more then waits.
///
/// Methods that give ([#sample] to [#close]) are called by the thread that reads.
@HotPath
final class ReplayWorker {
  private static final Logger log = LoggerFactory.getLogger(ReplayWorker.class);
  private static final int BATCH_STEPS = 16_384;
  private static final int BATCHES = 4;

  /// What the steps of a batch may hold beside its columns.
  private static final int BATCH_BYTES = 512 * 1024;

  private final Head head;
  private final SeriesTable table;
  private final RecoveredChunks chunks;
  private final SeriesRestore restore;
  private final ChunkOffload offload;
  private final BlockingQueue<Batch> waiting = new ArrayBlockingQueue<>(BATCHES);
  private final BlockingQueue<Batch> idle = new ArrayBlockingQueue<>(BATCHES);
  private final Thread thread;

  // Of the thread that gives.
  private Batch filling = new Batch();

  // Of the thread that applies; others read them when it has done everything.
  private long sampleCount;
  private volatile @Nullable Throwable failure;

  /// Something that is done to a series, beside appending a float.
  @FunctionalInterface
  interface Step {
    /// Under the lock of the series' stripe.
    void apply(ReplayWorker worker, int slot);
  }

  /// Samples and other steps in their order.
  private static final class Batch {
    final int[] slots = new int[BATCH_STEPS];
    final long[] timesMs = new long[BATCH_STEPS];
    final long[] bits = new long[BATCH_STEPS];

    // Null for a float.
    final @Nullable Step[] steps = new Step[BATCH_STEPS];
    int count;
    long bytes;
    boolean isLast;
    @Nullable CompletableFuture<Void> done;
  }

  ReplayWorker(
      int number, Head head, SeriesTable table, RecoveredChunks chunks, ChunkOffload offload) {
    this.head = head;
    this.table = table;
    this.chunks = chunks;
    this.restore = new SeriesRestore(table, chunks);
    this.offload = offload;
    for (int i = 1; i < BATCHES; i++) {
      idle.add(new Batch());
    }
    thread = Thread.ofPlatform().name("pallium-replay-" + number).daemon(true).start(this::run);
  }

  /// A float sample.
  void sample(int slot, long timestampMs, long bits) {
    Batch batch = filling;
    int at = batch.count++;
    batch.slots[at] = slot;
    batch.timesMs[at] = timestampMs;
    batch.bits[at] = bits;
    if (at + 1 == BATCH_STEPS) {
      give();
    }
  }

  /// Anything else.
  ///
  /// @param bytes what the step holds
  void step(int slot, int bytes, Step step) {
    Batch batch = filling;
    int at = batch.count++;
    batch.slots[at] = slot;
    batch.steps[at] = step;
    batch.bytes += bytes;
    if (at + 1 == BATCH_STEPS || batch.bytes > BATCH_BYTES) {
      give();
    }
  }

  /// Returns when all that was given has been applied.
  void await() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    filling.done = done;
    give();
    done.join();
    Throwable failed = failure;
    if (failed != null) {
      throw new IllegalStateException("a series could not be replayed", failed);
    }
  }

  /// Ends the thread; what was given and not awaited may be left out.
  void close() {
    filling.isLast = true;
    give();
    ThreadEnd.await(thread);
  }

  /// The samples that it has added to series.
  long sampleCount() {
    return sampleCount;
  }

  private void give() {
    try {
      waiting.put(filling);
      filling = idle.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted during the replay", e);
    }
  }

  private void run() {
    try {
      boolean isLast = false;
      while (!isLast) {
        Batch batch = waiting.take();
        isLast = batch.isLast;
        if (failure == null) {
          apply(batch);
        }
        CompletableFuture<Void> done = batch.done;
        batch.done = null;
        batch.count = 0;
        batch.bytes = 0;
        idle.put(batch);
        if (done != null) {
          done.complete(null);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void apply(Batch batch) {
    try {
      int from = 0;
      while (from < batch.count) {
        from = applyOfStripe(batch, from);
      }
      offload.keepUp();
    } catch (RuntimeException | Error e) {
      failure = e;
    }
  }

  /// Applies what follows each other in one stripe.
  private int applyOfStripe(Batch batch, int from) {
    Stripe stripe = head.stripe(batch.slots[from]);
    stripe.lock.lock();
    try {
      int at = from;
      while (at < batch.count && head.stripe(batch.slots[at]) == stripe) {
        Step step = batch.steps[at];
        if (step == null) {
          append(stripe, batch.slots[at], batch.timesMs[at], batch.bits[at]);
        } else {
          batch.steps[at] = null;
          step.apply(this, batch.slots[at]);
        }
        at++;
      }
      return at;
    } finally {
      stripe.lock.unlock();
    }
  }

  private void append(Stripe stripe, int slot, long timestampMs, long bits) {
    long[] rows = table.rows.page(slot);
    int row = table.rows.row(slot);
    if (isWanted(stripe, slot, rows, row, timestampMs)) {
      rows[row + SeriesLayout.ACCEPTED_TIME] = timestampMs;
      rows[row + SeriesLayout.ACCEPTED_BITS] = bits;
      rows[row + SeriesLayout.OPEN_CHUNK] &= ~SeriesLayout.ACCEPTED_HISTOGRAM;
      stripe.append(slot, rows, row, timestampMs, bits);
      sampleCount++;
    }
  }

  // ---- steps

  /// Puts a series back as a checkpoint has it.
  ///
  /// @return whether all its chunks are there
  boolean restore(int slot, long ref, SeriesChunks saved, long fromMs) {
    return restore.restore(head.stripe(slot), slot, ref, saved, fromMs);
  }

  /// Has a series take over the chunks that were found in files.
  void attach(int slot, long ref, long fromMs) {
    Stripe stripe = head.stripe(slot);
    int outOfOrder = chunks.outOfOrder(ref);
    if (outOfOrder >= 0) {
      stripe.attachOutOfOrder(slot, chunks, outOfOrder, fromMs);
    }
    int newest = chunks.newest(ref);
    if (newest < 0) {
      return;
    }
    try {
      stripe.attach(slot, chunks, newest, fromMs, true);
    } catch (CorruptDataException e) {
      log.warn("chunks of a series cannot be read, they are rebuilt from the log", e);
    }
  }

  /// Appends any sample.
  void append(
      int slot, long timestampMs, long bits, @Nullable NativeHistogram histogram, long startMs) {
    Stripe stripe = head.stripe(slot);
    long[] rows = table.rows.page(slot);
    int row = table.rows.row(slot);
    if (isWanted(stripe, slot, rows, row, timestampMs)) {
      stripe.append(slot, rows, row, timestampMs, bits, histogram, startMs);
      stripe.restore(rows, row);
      sampleCount++;
    }
  }

  /// Inserts a sample that came out of order.
  void insert(
      int slot, long timestampMs, long bits, @Nullable NativeHistogram histogram, long startMs) {
    Stripe stripe = head.stripe(slot);
    long[] rows = table.rows.page(slot);
    if (timestampMs > rows[table.rows.row(slot) + SeriesLayout.ACCEPTED_TIME]) {
      // What it came after is missing.
      append(slot, timestampMs, bits, histogram, startMs);
    } else if (stripe.replay(slot, timestampMs, bits, histogram, startMs)) {
      sampleCount++;
    }
  }

  private static boolean isWanted(Stripe stripe, int slot, long[] rows, int row, long timestampMs) {
    if (timestampMs < rows[row + SeriesLayout.MIN_TIME]) {
      // The log knows of samples before the first chunk in a file: one before that is missing.
      stripe.detach(slot);
    }
    return timestampMs > rows[row + SeriesLayout.ACCEPTED_TIME];
  }
}
