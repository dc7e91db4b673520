package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.Labels;
import io.pallium.storage.SeriesSet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Reads stored series and computes their columns in parallel, a batch of series at a time, and
/// gives them in label order. Streaming: memory is bounded by the batches that are under way.
///
/// The query's thread walks the series set, hands batches to the pool and takes them back in the
/// same order; a batch that no thread has begun when its turn comes, it computes itself, so that a
/// query makes progress whatever the pool does.
@HotPath
final class LeafOperator implements SeriesOperator {
  private static final int MAX_BATCH = 128;
  private static final long BATCH_BYTES = 256 * 1024;

  private final ExecutionContext context;
  private final Selection selection;
  private final Supplier<LeafKernel> kernels;
  private final Steps steps;
  private final boolean hasLabels;
  private final int batchCapacity;
  private final Reservation memory;
  private final @Nullable LabelProjection names;
  private final List<LeafBatch> batches = new ArrayList<>();
  private final ArrayDeque<LeafBatch> pending = new ArrayDeque<>();
  private final ArrayDeque<LeafBatch> free = new ArrayDeque<>();
  private @Nullable SeriesSet series;
  private boolean isExhausted;
  private @Nullable LeafBatch current;
  private int index;

  /// @param hasLabels whether labels are needed, here or above
  /// @param names what becomes of the names; null if they stay
  LeafOperator(
      ExecutionContext context,
      Selection selection,
      Supplier<LeafKernel> kernels,
      Steps steps,
      boolean hasLabels,
      @Nullable LabelProjection names) {
    this.context = context;
    this.selection = selection;
    this.kernels = kernels;
    this.steps = steps;
    this.hasLabels = hasLabels;
    this.names = names;
    this.memory = context.reservation();
    long columnBytes = StepColumn.bytes(steps.count());
    this.batchCapacity = Math.clamp(BATCH_BYTES / columnBytes, 1, MAX_BATCH);
  }

  @Override
  public boolean next() {
    while (true) {
      LeafBatch batch = current;
      if (batch == null) {
        batch = nextBatch();
        if (batch == null) {
          return false;
        }
        current = batch;
        index = -1;
      }
      while (++index < batch.size()) {
        if (!batch.column(index).isEmpty()) {
          return true;
        }
      }
      current = null;
      free.add(batch);
    }
  }

  @Override
  public Labels labels() {
    LeafBatch batch = current;
    Labels labels = batch == null ? null : batch.labels(index);
    if (labels == null) {
      throw new AssertionError("BUG: leaf without labels");
    }
    return names == null ? labels : names.apply(labels);
  }

  @Override
  public StepColumn column() {
    LeafBatch batch = current;
    if (batch == null) {
      throw new AssertionError("BUG: leaf without a series");
    }
    return batch.column(index);
  }

  @Override
  public void close() {
    for (LeafBatch batch : batches) {
      batch.close();
    }
    batches.clear();
    pending.clear();
    free.clear();
    current = null;
    isExhausted = true;
    memory.close();
  }

  private @Nullable LeafBatch nextBatch() {
    while (!isExhausted && pending.size() < context.parallelism() + 1) {
      LeafBatch batch = fill();
      if (batch.size() == 0) {
        free.add(batch);
        break;
      }
      pending.add(batch);
      FutureTask<@Nullable Void> work = batch.prepare();
      boolean isOnlyOne = isExhausted && pending.size() == 1;
      if (!isOnlyOne) {
        submit(work);
      }
    }
    LeafBatch first = pending.peek();
    if (first == null) {
      return null;
    }
    first.await();
    pending.remove();
    return first;
  }

  private void submit(FutureTask<@Nullable Void> work) {
    try {
      context.pool().execute(work);
    } catch (RejectedExecutionException e) {
      // The query's own thread computes the batch when it gets there.
      return;
    }
  }

  private LeafBatch fill() {
    context.control().giveWay();
    LeafBatch batch = free.poll();
    if (batch == null) {
      batch =
          new LeafBatch(context, memory, selection, kernels.get(), steps.count(), batchCapacity);
      batches.add(batch);
    }
    batch.reset();
    SeriesSet set = series;
    if (set == null) {
      set = steps.count() == 0 ? SeriesSet.EMPTY : selection.open();
      series = set;
    }
    while (!batch.isFull()) {
      if (!set.next()) {
        isExhausted = true;
        break;
      }
      batch.add(set.samples(), hasLabels ? set.labels() : null);
    }
    return batch;
  }
}
