package io.pallium.promql.exec;

import io.pallium.model.Labels;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/// A few series that are computed together on one thread of the pool, with all the memory that this
/// needs. Filled and emptied by the query's thread, computed by whichever thread comes first.
final class LeafBatch implements AutoCloseable {
  private static final int LABELS_OVERHEAD_BYTES = 64;

  private final QueryControl control;
  private final Reservation memory;
  private final Selection selection;
  private final LeafKernel kernel;
  private final int stepCount;
  private final int capacity;
  private final List<StepColumn> columns = new ArrayList<>();
  private final @Nullable SampleCursor[] cursors;
  private final @Nullable Labels[] labels;
  private final SampleColumn samples;
  private int size;
  private long labelBytes;
  private volatile boolean isStopped;
  private @Nullable FutureTask<@Nullable Void> task;

  LeafBatch(
      ExecutionContext context,
      Reservation memory,
      Selection selection,
      LeafKernel kernel,
      int stepCount,
      int capacity) {
    this.control = context.control();
    this.memory = memory;
    this.selection = selection;
    this.kernel = kernel;
    this.stepCount = stepCount;
    this.capacity = capacity;
    this.cursors = new SampleCursor[capacity];
    this.labels = new Labels[capacity];
    this.samples = new SampleColumn(control);
  }

  boolean isFull() {
    return size == capacity;
  }

  int size() {
    return size;
  }

  /// Empties the batch for other series.
  void reset() {
    size = 0;
    task = null;
    memory.release(labelBytes);
    labelBytes = 0;
  }

  void add(SampleCursor cursor, @Nullable Labels seriesLabels) {
    if (size == columns.size()) {
      columns.add(memory.column(stepCount));
    }
    columns.get(size).clear();
    if (seriesLabels != null) {
      long bytes = LABELS_OVERHEAD_BYTES + seriesLabels.bytes().length;
      memory.reserve(bytes);
      labelBytes += bytes;
    }
    cursors[size] = cursor;
    labels[size] = seriesLabels;
    size++;
  }

  /// Makes the work that [#await] waits for; to be run by any thread.
  FutureTask<@Nullable Void> prepare() {
    var work = new FutureTask<@Nullable Void>(this::compute, null);
    task = work;
    return work;
  }

  /// Waits until the series are computed; computes them here if no thread has begun.
  void await() {
    FutureTask<@Nullable Void> work = task;
    if (work == null) {
      throw new AssertionError("BUG: batch without work");
    }
    work.run();
    boolean isInterrupted = false;
    try {
      while (true) {
        try {
          work.get();
          return;
        } catch (InterruptedException e) {
          // The work uses memory of this query and must have ended before that is given back; it
          // sees the cancellation at its next series.
          control.cancel();
          isInterrupted = true;
        } catch (ExecutionException e) {
          throw failure(e);
        }
      }
    } finally {
      if (isInterrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static RuntimeException failure(ExecutionException e) {
    return switch (e.getCause()) {
      case RuntimeException failure -> failure;
      case Error error -> throw error;
      case null, default -> new IllegalStateException(e);
    };
  }

  StepColumn column(int index) {
    return columns.get(index);
  }

  @Nullable Labels labels(int index) {
    return labels[index];
  }

  private void compute() {
    for (int i = 0; i < size; i++) {
      if (isStopped) {
        return;
      }
      control.giveWay();
      SampleCursor cursor = cursors[i];
      if (cursor == null) {
        throw new AssertionError("BUG: batch without cursor");
      }
      samples.clear();
      SampleReading.readAll(cursor, selection, samples);
      control.addSamplesRead(samples.size());
      kernel.compute(samples, labels[i], columns.get(i));
      cursors[i] = null;
    }
  }

  @Override
  public void close() {
    isStopped = true;
    if (task != null) {
      try {
        await();
      } catch (RuntimeException e) {
        // The query has failed already, or does not need what failed here.
        isStopped = true;
      }
      task = null;
    }
    samples.release();
  }
}
