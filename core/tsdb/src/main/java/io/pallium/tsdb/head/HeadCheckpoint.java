package io.pallium.tsdb.head;

import io.pallium.base.memory.MemoryBudget;
import io.pallium.model.LabelsWriter;
import io.pallium.model.MetricMetadata;
import io.pallium.tsdb.deletion.TimeSpans;
import io.pallium.tsdb.index.LabelIndex;
import io.pallium.tsdb.log.CheckpointContent;
import io.pallium.tsdb.log.SeriesChunks;
import java.io.IOException;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the head gives to a checkpoint of the log: definitions, open chunks, and which closed
/// chunks in files they follow.
///
/// Writers go on meanwhile. First all that is closed is written to files, and the open samples that
/// came out of order become chunks for that. What is closed later cannot be named by its place: it
/// is given as the open chunk of its series, and what came after it is left out. All of that has
/// records in the log that the checkpoint does not stand for.
///
/// While chunks cannot be written to files, a checkpoint names chunks that are nowhere: a start
/// that finds it takes definitions from it, and samples from all segments that are left. So the log
/// can be truncated however long that takes.
final class HeadCheckpoint implements CheckpointContent {
  private static final Logger log = LoggerFactory.getLogger(HeadCheckpoint.class);

  /// The position of no chunk.
  private static final long NOWHERE = 0;

  private final Head head;
  private final SeriesTable table;
  private final ChunkOffload offload;
  private boolean isDrained;

  HeadCheckpoint(Head head, SeriesTable table, ChunkOffload offload) {
    this.head = head;
    this.table = table;
    this.offload = offload;
  }

  @Override
  public void writeTo(Sink sink) {
    // Their records may be in the log already that the checkpoint stands for.
    head.awaitBatches();
    head.closeOutOfOrder();
    isDrained = drain();
    CapturedSeries captured =
        new CapturedSeries(MemoryBudget.root("checkpoint", Long.MAX_VALUE), head.chunkFiles());
    for (TenantHead tenant : head.tenants()) {
      sink.tenant(tenant.number(), tenant.number(), tenant.id().value());
      ReadEpochs.Epoch epoch = tenant.epochs().enter();
      try {
        writeSeries(tenant, captured, sink);
      } finally {
        tenant.epochs().leave(epoch);
      }
      for (MetricMetadata entry : tenant.metadata().list(null)) {
        sink.metadata(entry);
      }
      tenant.exemplars().writeTo(sink);
    }
  }

  private boolean drain() {
    try {
      offload.drainOrFail();
      return true;
    } catch (IOException e) {
      log.warn("head chunks cannot be written: with this checkpoint a start reads all segments", e);
      return false;
    }
  }

  private void writeSeries(TenantHead tenant, CapturedSeries captured, Sink sink) {
    LabelIndex index = tenant.index();
    LabelsWriter writer = new LabelsWriter();
    for (int slot : Head.publishedOf(index)) {
      index.lock().readLock().lock();
      try {
        index.writeLabels(slot, writer.reset());
      } finally {
        index.lock().readLock().unlock();
      }
      long ref = table.logRefs.get(slot);
      sink.series(ref, writer.array(), 0, writer.lengthBytes());
      Stripe stripe = head.stripe(slot);
      stripe.lock.lock();
      try {
        stripe.capture(slot, Long.MIN_VALUE, Long.MAX_VALUE, captured);
      } finally {
        stripe.lock.unlock();
      }
      sink.chunks(ref, chunks(captured));
      captured.reset();
      TimeSpans deleted = tenant.tombstones().of(slot);
      for (int i = 0; deleted != null && i < deleted.count(); i++) {
        sink.tombstone(ref, deleted.minMs(i), deleted.maxMs(i));
      }
    }
  }

  private SeriesChunks chunks(CapturedSeries captured) {
    long[] positions = new long[captured.chunkCount()];
    long[] maxTimesMs = new long[captured.chunkCount()];
    int count = 0;
    int inOrderCount = 0;
    int open = oldestInMemory(captured);
    for (int i = 0; i < captured.chunkCount(); i++) {
      boolean isInMemory = captured.isInMemory(i);
      if (i == open || (isInMemory && isDrained)) {
        continue;
      }
      positions[count] = isInMemory ? NOWHERE : captured.position(i);
      maxTimesMs[count++] = captured.maxTimeMs(i);
      inOrderCount += i < captured.inOrderCount() ? 1 : 0;
    }
    positions = Arrays.copyOf(positions, count);
    maxTimesMs = Arrays.copyOf(maxTimesMs, count);
    if (open < 0) {
      return new SeriesChunks(positions, maxTimesMs, inOrderCount, 0, new byte[0]);
    }
    captured.load(open);
    int start = captured.offset();
    byte[] bytes = Arrays.copyOfRange(captured.source(), start, start + captured.lengthBytes(open));
    return new SeriesChunks(positions, maxTimesMs, inOrderCount, captured.encoding(open), bytes);
  }

  /// The oldest chunk that is in no file and whose samples came in order; -1 if there is none.
  private static int oldestInMemory(CapturedSeries captured) {
    int oldest = captured.inOrderCount() - 1;
    while (oldest >= 0 && !captured.isInMemory(oldest)) {
      oldest--;
    }
    return oldest;
  }
}
