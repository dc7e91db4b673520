package io.pallium.promql.exec;

import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.promql.ast.VectorMatching;
import io.pallium.promql.ast.VectorMatching.Cardinality;
import io.pallium.storage.QueryControl;
import org.jspecify.annotations.Nullable;

/// Arithmetic and comparison between series that match one to one, or many to one (`group_left`,
/// `group_right`), or where a value is filled in for a series that is missing. Blocking on the one
/// side, streaming on the many side; one to one, the left side is the many side.
///
/// Where labels are included, a series of the many side gives one part for each series of the one
/// side that it meets over time. Parts with equal labels never have a value at the same step. A
/// query that fails does so when all series were seen, since the first step with a failure decides
/// about its message. From the first step on at which the one side has duplicates that count,
/// nothing is combined.
final class JoinOperator implements SeriesOperator {
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
  JoinOperator(
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
    control.giveWay();
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
    if (resultLabels.isOfManyAlone()) {
      combineInPlace(signature, resultLabels.of(labels, Labels.EMPTY), column);
    } else {
      combineInParts(signature, labels, column);
    }
  }

  private void combineInPlace(int signature, Labels result, StepColumn column) {
    parts.add(result, column);
    JoinChecks.Slot slot = checks.slot(signature, result);
    StepColumn only = one.onlyColumn(signature);
    for (int i = column.nextPresent(0); i >= 0 && i < end; i = column.nextPresent(i + 1)) {
      StepColumn other = only == null ? one.columnAt(signature, i) : only;
      if (other != null && other.isPresent(i)) {
        combine(
            slot,
            i,
            column.value(i),
            column.histogram(i),
            other.value(i),
            other.histogram(i),
            column);
      } else if (oneFill != null) {
        combine(slot, i, column.value(i), column.histogram(i), oneFill, null, column);
      } else {
        column.remove(i);
      }
    }
  }

  private void combineInParts(int signature, Labels labels, StepColumn column) {
    Double fill = oneFill;
    int before = -1;
    JoinChecks.Slot slot = null;
    StepColumn out = null;
    for (int i = column.nextPresent(0); i >= 0 && i < end; i = column.nextPresent(i + 1)) {
      int series = one.seriesAt(signature, i);
      if (series < 0 && fill == null) {
        continue;
      }
      if (series != before || slot == null || out == null) {
        Labels other = series < 0 ? one.signatureLabels(labels) : one.labels(series);
        Labels result = resultLabels.of(labels, other);
        out = parts.column(result);
        slot = checks.slot(signature, result);
        before = series;
      }
      if (series < 0 && fill != null) {
        combine(slot, i, column.value(i), column.histogram(i), fill, null, out);
      } else {
        StepColumn other = one.column(series);
        combine(
            slot, i, column.value(i), column.histogram(i), other.value(i), other.histogram(i), out);
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
