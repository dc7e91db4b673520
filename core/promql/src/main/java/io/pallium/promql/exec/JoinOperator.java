package io.pallium.promql.exec;

import io.pallium.base.QueryFailedException;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.Utf8;
import io.pallium.promql.ast.VectorMatching;
import io.pallium.storage.QueryControl;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Arithmetic and comparison between series that match one to one. Blocking on the right side,
/// streaming on the left, unless the right side has duplicates.
final class JoinOperator implements SeriesOperator {
  private static final String MULTIPLE =
      "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)";

  private final QueryControl control;
  private final BinaryKernel kernel;
  private final SeriesOperator rhs;
  private final Reservation memory;
  private final int stepCount;
  private final Signatures signatures;
  private final JoinLabels resultLabels;
  private final List<StepColumn> right = new ArrayList<>();
  private final List<long @Nullable []> matched = new ArrayList<>();
  private SeriesOperator lhs;
  private boolean isRightRead;

  JoinOperator(
      QueryControl control,
      BinaryKernel kernel,
      VectorMatching matching,
      SeriesOperator lhs,
      SeriesOperator rhs,
      Reservation memory,
      int stepCount,
      JoinLabels resultLabels) {
    this.control = control;
    this.kernel = kernel;
    this.lhs = lhs;
    this.rhs = rhs;
    this.memory = memory;
    this.stepCount = stepCount;
    this.signatures = new Signatures(matching, memory);
    this.resultLabels = resultLabels;
  }

  @Override
  public boolean next() {
    if (!isRightRead) {
      readRight();
      isRightRead = true;
    }
    while (lhs.next()) {
      int ordinal = signatures.knownOrdinal(lhs.labels());
      StepColumn other = ordinal < 0 ? null : right.get(ordinal);
      if (other != null) {
        combine(ordinal, lhs.column(), other);
        if (!lhs.column().isEmpty()) {
          return true;
        }
      }
    }
    return false;
  }

  @Override
  public Labels labels() {
    // One to one, nothing is taken from the right side.
    return resultLabels.of(lhs.labels(), Labels.EMPTY);
  }

  @Override
  public StepColumn column() {
    return lhs.column();
  }

  @Override
  public void close() {
    lhs.close();
    rhs.close();
    right.clear();
    isRightRead = true;
    memory.close();
  }

  private void combine(int ordinal, StepColumn left, StepColumn other) {
    long[] seen = matched.get(ordinal);
    if (seen == null) {
      seen = memory.bitmap(stepCount);
      matched.set(ordinal, seen);
    }
    double[] values = left.values();
    boolean isFilter = kernel.isFilter();
    for (int i = left.nextPresent(0); i >= 0; i = left.nextPresent(i + 1)) {
      if (!other.isPresent(i)) {
        left.remove(i);
        continue;
      }
      NativeHistogram leftHistogram = left.histogram(i);
      NativeHistogram rightHistogram = other.histogram(i);
      double rightValue = other.value(i);
      boolean isForFloats =
          leftHistogram == null && rightHistogram == null && !kernel.isForHistograms();
      if (!isForFloats
          && !kernel.combine(left, i, leftHistogram, values[i], rightHistogram, rightValue)) {
        continue;
      }
      if ((seen[i >>> 6] >>> i & 1) != 0) {
        throw new QueryFailedException(MULTIPLE);
      }
      seen[i >>> 6] |= 1L << i;
      if (!isForFloats) {
        continue;
      }
      if (!isFilter) {
        values[i] = kernel.apply(values[i], rightValue);
      } else if (!kernel.keeps(values[i], rightValue)) {
        left.remove(i);
      }
    }
  }

  /// Keeps the right side, one column per signature. Series with the same signature share it as
  /// long as they never have a value at the same step.
  private void readRight() {
    var table = new SeriesTable(memory, stepCount);
    table.drain(rhs);
    int[] ordinals = memory.ints(table.size());
    boolean hasOverlap = false;
    var union = new ArrayList<long[]>();
    for (int i = 0; i < table.size(); i++) {
      ordinals[i] = signatures.ordinal(table.labels(i));
      if (ordinals[i] == union.size()) {
        union.add(memory.bitmap(stepCount));
      }
      hasOverlap |= addOverlaps(union.get(ordinals[i]), table.column(i).presence());
    }
    if (hasOverlap) {
      var left = new SeriesTable(memory, stepCount);
      left.drain(lhs);
      lhs = left.operator();
      failAtFirstDuplicate(left, table, ordinals);
    }
    for (int i = 0; i < table.size(); i++) {
      if (ordinals[i] == right.size()) {
        right.add(table.column(i));
        matched.add(null);
      } else {
        merge(right.get(ordinals[i]), table.column(i));
      }
    }
  }

  private static boolean addOverlaps(long[] union, long[] presence) {
    long overlap = 0;
    for (int i = 0; i < union.length; i++) {
      overlap |= union[i] & presence[i];
      union[i] |= presence[i];
    }
    return overlap != 0;
  }

  private static void merge(StepColumn into, StepColumn column) {
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      if (!into.isPresent(i)) {
        into.set(i, column, i);
      }
    }
  }

  /// Duplicates on the right side matter only at steps at which the left side has anything; the
  /// first step that fails, and what fails there first, decide the message.
  private void failAtFirstDuplicate(SeriesTable left, SeriesTable table, int[] ordinals) {
    int[] leftOrdinals = memory.ints(left.size());
    for (int i = 0; i < leftOrdinals.length; i++) {
      leftOrdinals[i] = signatures.knownOrdinal(left.labels(i));
    }
    int[] holder = memory.ints(signatures.count());
    long[] isMatched = memory.bitmap(signatures.count());
    for (int step = 0; step < stepCount; step++) {
      control.check();
      Arrays.fill(holder, -1);
      boolean hasLeft = false;
      for (int i = 0; i < left.size() && !hasLeft; i++) {
        hasLeft = left.column(i).isPresent(step);
      }
      if (!hasLeft) {
        continue;
      }
      for (int i = 0; i < table.size(); i++) {
        if (table.column(i).isPresent(step)) {
          if (holder[ordinals[i]] >= 0) {
            throw duplicate(table.labels(i), table.labels(holder[ordinals[i]]));
          }
          holder[ordinals[i]] = i;
        }
      }
      Arrays.fill(isMatched, 0);
      failOnMultiple(left, leftOrdinals, holder, isMatched, step);
    }
  }

  private static void failOnMultiple(
      SeriesTable left, int[] leftOrdinals, int[] holder, long[] isMatched, int step) {
    for (int i = 0; i < left.size(); i++) {
      int ordinal = leftOrdinals[i];
      if (ordinal >= 0 && holder[ordinal] >= 0 && left.column(i).isPresent(step)) {
        if ((isMatched[ordinal >>> 6] >>> ordinal & 1) != 0) {
          throw new QueryFailedException(MULTIPLE);
        }
        isMatched[ordinal >>> 6] |= 1L << ordinal;
      }
    }
  }

  private QueryFailedException duplicate(Labels one, Labels other) {
    String first = GoText.labels(one);
    String second = GoText.labels(other);
    boolean isInOrder = Utf8.compare(first, second) <= 0;
    return new QueryFailedException(
        "found duplicate series for the match group "
            + GoText.labels(signatures.signature(one))
            + " on the right hand-side of the operation: ["
            + (isInOrder ? first : second)
            + ", "
            + (isInOrder ? second : first)
            + "];many-to-many matching not allowed: matching labels must be unique on one side");
  }
}
