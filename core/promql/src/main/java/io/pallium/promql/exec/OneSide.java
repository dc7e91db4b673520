package io.pallium.promql.exec;

import io.pallium.model.Labels;
import io.pallium.model.Utf8;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The side of a join of which each series of the other side meets at most one, held in memory by
/// signature.
final class OneSide implements AutoCloseable {
  private static final int[] NONE = new int[0];
  private static final int BYTES_PER_SERIES = 32;

  private final SeriesOperator child;
  private final Signatures signatures;
  private final Reservation memory;
  private final int stepCount;
  private final boolean isLeft;
  private final SeriesTable table;
  private final List<int[]> bySignature = new ArrayList<>();
  private int[] signatureOf = NONE;

  /// @param isLeft whether it is the left side as written
  OneSide(
      SeriesOperator child,
      Signatures signatures,
      Reservation memory,
      int stepCount,
      boolean isLeft) {
    this.child = child;
    this.signatures = signatures;
    this.memory = memory;
    this.stepCount = stepCount;
    this.isLeft = isLeft;
    this.table = new SeriesTable(memory, stepCount);
  }

  /// Reads all series; called once, before anything else.
  void read() {
    table.drain(child);
    memory.reserve((long) BYTES_PER_SERIES * table.size());
    signatureOf = new int[table.size()];
    for (int i = 0; i < signatureOf.length; i++) {
      int signature = signatures.ordinal(table.labels(i));
      signatureOf[i] = signature;
      if (signature == bySignature.size()) {
        bySignature.add(new int[] {i});
      } else {
        int[] before = bySignature.get(signature);
        int[] after = Arrays.copyOf(before, before.length + 1);
        after[before.length] = i;
        bySignature.set(signature, after);
      }
    }
  }

  int size() {
    return table.size();
  }

  Labels labels(int index) {
    return table.labels(index);
  }

  StepColumn column(int index) {
    return table.column(index);
  }

  /// The number of the signature of one of these series.
  int signatureOf(int index) {
    return signatureOf[index];
  }

  /// The number of the signature of a series of the other side; -1 if it has none yet.
  ///
  /// @param adds whether it gets one
  int signature(Labels labels, boolean adds) {
    return adds ? signatures.ordinal(labels) : signatures.knownOrdinal(labels);
  }

  /// The labels that a series matches by.
  Labels signatureLabels(Labels labels) {
    return signatures.signature(labels);
  }

  /// The series with a signature.
  int[] candidates(int signature) {
    return signature < bySignature.size() ? bySignature.get(signature) : NONE;
  }

  /// Whether one of some series has a value at a step.
  boolean isPresent(int[] candidates, int step) {
    for (int candidate : candidates) {
      if (table.column(candidate).isPresent(step)) {
        return true;
      }
    }
    return false;
  }

  /// The failure of the first step at which two series have the same signature; null if there is
  /// none.
  ///
  /// @param steps those that count; null if all do
  JoinChecks.@Nullable Failure firstDuplicate(long @Nullable [] steps) {
    int first = stepCount;
    for (int[] candidates : bySignature) {
      if (candidates.length > 1) {
        first = Math.min(first, firstOverlap(candidates, steps, first));
      }
    }
    return first == stepCount ? null : duplicateAt(first);
  }

  private int firstOverlap(int[] candidates, long @Nullable [] steps, int end) {
    for (int step = 0; step < end; step++) {
      boolean counts = steps == null || (steps[step >>> 6] >>> step & 1) != 0;
      int present = 0;
      for (int i = 0; i < candidates.length && counts; i++) {
        present += table.column(candidates[i]).isPresent(step) ? 1 : 0;
      }
      if (present > 1) {
        return step;
      }
    }
    return end;
  }

  private JoinChecks.Failure duplicateAt(int step) {
    int[] holders = new int[bySignature.size()];
    Arrays.fill(holders, -1);
    for (int i = 0; i < table.size(); i++) {
      if (!table.column(i).isPresent(step)) {
        continue;
      }
      int holder = holders[signatureOf[i]];
      if (holder >= 0) {
        return new JoinChecks.Failure(step, 0, message(table.labels(i), table.labels(holder)));
      }
      holders[signatureOf[i]] = i;
    }
    throw new AssertionError("BUG: no duplicate at step " + step);
  }

  private String message(Labels one, Labels other) {
    String first = GoText.labels(one);
    String second = GoText.labels(other);
    boolean isInOrder = Utf8.compare(first, second) <= 0;
    return "found duplicate series for the match group "
        + GoText.labels(signatures.signature(one))
        + " on the "
        + (isLeft ? "left" : "right")
        + " hand-side of the operation: ["
        + (isInOrder ? first : second)
        + ", "
        + (isInOrder ? second : first)
        + "];many-to-many matching not allowed: matching labels must be unique on one side";
  }

  @Override
  public void close() {
    child.close();
    bySignature.clear();
  }
}
