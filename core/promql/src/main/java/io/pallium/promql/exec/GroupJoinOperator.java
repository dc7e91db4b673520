package io.pallium.promql.exec;

import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.promql.ast.VectorMatching;
import io.pallium.promql.ast.VectorMatching.Cardinality;
import io.pallium.storage.QueryControl;
import org.jspecify.annotations.Nullable;

/// Arithmetic and comparison between series where many may match one (`group_left`, `group_right`),
/// or where a value is filled in for a series that is missing. Blocking on the one side, streaming
/// on the many side.
///
/// Labels of the result depend on both sides, so that a series of the many side gives one part for
/// each series of the one side that it meets over time. Parts with equal labels never have a value
/// at the same step. A query that fails does so when all series were seen, since the first step
/// with a failure decides about its message. From the first step on at which the one side has
/// duplicates that count, nothing is combined.
final class GroupJoinOperator implements SeriesOperator {
  private final QueryControl control;
  private final BinaryKernel kernel;
  private final boolean isSwapped;
  private final @Nullable Double manyFill;
  private final @Nullable Double oneFill;
  private final SeriesOperator many;
  private final Reservation memory;
  private final JoinLabels resultLabels;
  private final OneSide one;
  private final JoinChecks checks;
  private final SeriesParts parts;
  private final long[] manySteps;
  private boolean isOneRead;
  private boolean isManyRead;
  private int fillIndex;

  /// The first step of the one side with duplicates that count, as far as the many side was read.
  private int end;

  /// @param lhs the left side as written
  /// @param rhs the right side as written
  /// @param isDistinct whether no two series of the many side can give equal labels
  GroupJoinOperator(
      QueryControl control,
      BinaryKernel kernel,
      VectorMatching matching,
      SeriesOperator lhs,
      SeriesOperator rhs,
      Reservation memory,
      int stepCount,
      JoinLabels resultLabels,
      boolean isDistinct) {
    this.control = control;
    this.kernel = kernel;
    this.end = stepCount;
    this.isSwapped = matching.cardinality() == Cardinality.ONE_TO_MANY;
    // Intended: the sides of the fills are not swapped with those of the operands.
    this.manyFill = matching.fill().left();
    this.oneFill = matching.fill().right();
    this.many = isSwapped ? rhs : lhs;
    this.memory = memory;
    this.resultLabels = resultLabels;
    var signatures = new Signatures(matching, memory);
    this.one = new OneSide(isSwapped ? lhs : rhs, signatures, memory, stepCount, isSwapped);
    boolean isOneToOne = matching.cardinality() == Cardinality.ONE_TO_ONE;
    boolean isFilled = manyFill != null || oneFill != null;
    this.checks = new JoinChecks(isOneToOne, isDistinct && !isFilled, memory, stepCount);
    this.parts = new SeriesParts(memory, stepCount);
    this.manySteps = memory.bitmap(stepCount);
  }

  @Override
  public boolean next() {
    if (!isOneRead) {
      one.read();
      end = one.firstDuplicateStep(countingSteps());
      isOneRead = true;
    }
    while (!parts.next()) {
      if (!compute()) {
        return false;
      }
    }
    return true;
  }

  /// Computes the parts of the next series; false at the end.
  private boolean compute() {
    control.check();
    parts.clear();
    if (!isManyRead) {
      if (many.next()) {
        combineWithOne(many.labels(), many.column());
        return true;
      }
      many.close();
      isManyRead = true;
    }
    if (manyFill != null && fillIndex < one.size()) {
      fillMany(fillIndex++, manyFill);
      return true;
    }
    checks.fail(one.firstDuplicate(countingSteps()));
    return false;
  }

  /// The steps at which duplicates count, as far as the many side was read; null for all.
  private long @Nullable [] countingSteps() {
    return manyFill == null && oneFill == null ? manySteps : null;
  }

  private void combineWithOne(Labels labels, StepColumn column) {
    long[] present = column.presence();
    for (int i = 0; i < manySteps.length; i++) {
      manySteps[i] |= present[i];
    }
    end = one.firstDuplicateStep(countingSteps());
    int signature = one.signature(labels, oneFill != null);
    if (signature < 0) {
      return;
    }
    int[] candidates = one.candidates(signature);
    boolean isInPlace = resultLabels.isOfManyAlone();
    if (candidates.length == 1) {
      int only = candidates[0];
      Labels result = resultLabels.of(labels, one.labels(only));
      StepColumn out = isInPlace ? column : parts.column(result);
      combine(checks.slot(signature, result), column, one.column(only), out);
    } else if (candidates.length > 1) {
      combineWithSeveral(signature, labels, column);
    }
    if (oneFill != null) {
      Labels result = resultLabels.of(labels, one.signatureLabels(labels));
      StepColumn out = isInPlace ? column : parts.column(result);
      fillOne(checks.slot(signature, result), column, signature, oneFill, out);
    }
    if (isInPlace) {
      keepMatched(column, signature);
      parts.add(resultLabels.of(labels, Labels.EMPTY), column);
    }
  }

  /// Removes the steps at which nothing matched a column that was changed in place.
  private void keepMatched(StepColumn column, int signature) {
    if (oneFill != null) {
      return;
    }
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      if (one.seriesAt(signature, i) < 0) {
        column.remove(i);
      }
    }
  }

  private void combineWithSeveral(int signature, Labels labels, StepColumn column) {
    boolean isInPlace = resultLabels.isOfManyAlone();
    int before = -1;
    JoinChecks.Slot slot = null;
    StepColumn out = null;
    for (int i = column.nextPresent(0); i >= 0 && i < end; i = column.nextPresent(i + 1)) {
      int series = one.seriesAt(signature, i);
      if (series < 0) {
        continue;
      }
      if (series != before || slot == null || out == null) {
        Labels result = resultLabels.of(labels, one.labels(series));
        out = isInPlace ? column : parts.column(result);
        slot = checks.slot(signature, result);
        before = series;
      }
      StepColumn other = one.column(series);
      combine(
          slot, i, column.value(i), column.histogram(i), other.value(i), other.histogram(i), out);
    }
  }

  private void combine(JoinChecks.Slot slot, StepColumn column, StepColumn other, StepColumn out) {
    for (int i = column.nextPresent(0); i >= 0 && i < end; i = column.nextPresent(i + 1)) {
      if (other.isPresent(i)) {
        combine(
            slot, i, column.value(i), column.histogram(i), other.value(i), other.histogram(i), out);
      }
    }
  }

  private void fillOne(
      JoinChecks.Slot slot, StepColumn column, int signature, double fill, StepColumn out) {
    for (int i = column.nextPresent(0); i >= 0 && i < end; i = column.nextPresent(i + 1)) {
      if (one.seriesAt(signature, i) < 0) {
        combine(slot, i, column.value(i), column.histogram(i), fill, null, out);
      }
    }
  }

  /// Combines a series of the one side with the fill value where the many side had none.
  private void fillMany(int index, double fill) {
    int signature = one.signatureOf(index);
    Labels labels = one.labels(index);
    Labels result = resultLabels.of(one.signatureLabels(labels), labels);
    StepColumn column = one.column(index);
    StepColumn out = parts.column(result);
    JoinChecks.Slot slot = checks.slot(signature, result);
    for (int i = column.nextPresent(0); i >= 0 && i < end; i = column.nextPresent(i + 1)) {
      if (!slot.isMatched(i)) {
        combine(slot, i, fill, null, column.value(i), column.histogram(i), out);
      }
    }
  }

  private void combine(
      JoinChecks.Slot slot,
      int step,
      double manyValue,
      @Nullable NativeHistogram manyHistogram,
      double oneValue,
      @Nullable NativeHistogram oneHistogram,
      StepColumn out) {
    double left = isSwapped ? oneValue : manyValue;
    double right = isSwapped ? manyValue : oneValue;
    if (manyHistogram != null || oneHistogram != null || kernel.isForHistograms()) {
      NativeHistogram leftHistogram = isSwapped ? oneHistogram : manyHistogram;
      NativeHistogram rightHistogram = isSwapped ? manyHistogram : oneHistogram;
      if (kernel.combine(out, step, leftHistogram, left, rightHistogram, right)) {
        checks.match(slot, step);
        if (out.isPresent(step) && !checks.give(slot, step)) {
          out.remove(step);
        }
      }
      return;
    }
    checks.match(slot, step);
    boolean isFilter = kernel.isFilter();
    if (isFilter && !kernel.keeps(left, right) || !checks.give(slot, step)) {
      out.remove(step);
    } else {
      out.set(step, isFilter ? left : kernel.apply(left, right));
    }
  }

  @Override
  public Labels labels() {
    return parts.labels();
  }

  @Override
  public StepColumn column() {
    return parts.column();
  }

  @Override
  public void close() {
    parts.clear();
    many.close();
    one.close();
    checks.close();
    isOneRead = true;
    isManyRead = true;
    memory.close();
  }
}
