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
  private static final int BYTES_PER_SERIES = 64;

  private final SeriesOperator child;
  private final Signatures signatures;
  private final Reservation memory;
  private final int stepCount;
  private final boolean isLeft;
  private final SeriesTable table;
  private final List<int[]> bySignature = new ArrayList<>();
  private int[] signatureOf = NONE;

  /// For signatures of several series, which of them has a value at a step; -1 if none has.
  private final List<int @Nullable []> holders = new ArrayList<>();

  /// The steps at which two series have the same signature; null if there are none.
  private long @Nullable [] overlaps;

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
      signatureOf[i] = signatures.ordinal(table.labels(i));
    }
    int[] counts = new int[signatures.count()];
    for (int signature : signatureOf) {
      counts[signature]++;
    }
    for (int count : counts) {
      bySignature.add(new int[count]);
    }
    Arrays.fill(counts, 0);
    for (int i = 0; i < signatureOf.length; i++) {
      int signature = signatureOf[i];
      bySignature.get(signature)[counts[signature]++] = i;
    }
    for (int[] series : bySignature) {
      holders.add(series.length > 1 ? hold(series) : null);
    }
  }

  private int[] hold(int[] series) {
    int[] holder = memory.ints(stepCount);
    Arrays.fill(holder, -1);
    for (int index : series) {
      StepColumn column = table.column(index);
      for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
        if (holder[i] < 0) {
          holder[i] = index;
        } else {
          addOverlap(i);
        }
      }
    }
    return holder;
  }

  private void addOverlap(int step) {
    long[] bitmap = overlaps;
    if (bitmap == null) {
      bitmap = memory.bitmap(stepCount);
      overlaps = bitmap;
    }
    bitmap[step >>> 6] |= 1L << step;
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

  /// The column of the only series with a signature; null if there is none or are several.
  @Nullable StepColumn onlyColumn(int signature) {
    int[] series = signature < bySignature.size() ? bySignature.get(signature) : NONE;
    return series.length == 1 ? table.column(series[0]) : null;
  }

  /// The column of the series with a signature that has a value at a step; null if there is none.
  @Nullable StepColumn columnAt(int signature, int step) {
    int series = seriesAt(signature, step);
    return series < 0 ? null : table.column(series);
  }

  /// The series with a signature that has a value at a step; -1 if there is none.
  int seriesAt(int signature, int step) {
    if (signature >= bySignature.size()) {
      return -1;
    }
    int[] holder = holders.get(signature);
    if (holder != null) {
      return holder[step];
    }
    int only = bySignature.get(signature)[0];
    return table.column(only).isPresent(step) ? only : -1;
  }

  /// The first step at which two series have the same signature; the number of steps if there is
  /// none.
  ///
  /// @param steps those that count; null if all do
  int firstDuplicateStep(long @Nullable [] steps) {
    long[] bitmap = overlaps;
    if (bitmap == null) {
      return stepCount;
    }
    for (int i = 0; i < bitmap.length; i++) {
      long bits = steps == null ? bitmap[i] : bitmap[i] & steps[i];
      if (bits != 0) {
        return (i << 6) + Long.numberOfTrailingZeros(bits);
      }
    }
    return stepCount;
  }

  /// The failure at that step; null if there is none.
  JoinChecks.@Nullable Failure firstDuplicate(long @Nullable [] steps) {
    int first = firstDuplicateStep(steps);
    return first == stepCount ? null : duplicateAt(first);
  }

  private JoinChecks.Failure duplicateAt(int step) {
    int[] seen = memory.ints(bySignature.size());
    Arrays.fill(seen, -1);
    for (int i = 0; i < table.size(); i++) {
      if (!table.column(i).isPresent(step)) {
        continue;
      }
      int holder = seen[signatureOf[i]];
      if (holder >= 0) {
        return new JoinChecks.Failure(step, 0, message(table.labels(i), table.labels(holder)));
      }
      seen[signatureOf[i]] = i;
    }
    throw new AssertionError("BUG: no duplicate at step " + step);
  }

  private String message(Labels one, Labels other) {
    String first = LabelText.of(one);
    String second = LabelText.of(other);
    boolean isInOrder = Utf8.compare(first, second) <= 0;
    return "found duplicate series for the match group "
        + LabelText.of(signatures.signature(one))
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
    holders.clear();
    overlaps = null;
  }
}
