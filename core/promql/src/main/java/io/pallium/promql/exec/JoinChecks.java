package io.pallium.promql.exec;

import io.pallium.base.QueryFailedException;
import io.pallium.model.Labels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Finds what a join must not give at one step: a series matched twice, or two results with equal
/// labels. The failure of the first step counts.
final class JoinChecks implements AutoCloseable {
  private static final int BYTES_PER_ENTRY = 128;
  private static final String MULTIPLE =
      "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)";
  private static final String NOT_UNIQUE =
      "multiple matches for labels: grouping labels must ensure unique matches";

  /// What fails the query at a step.
  ///
  /// @param rank of two failures at a step, the lower comes first
  record Failure(int step, int rank, String message) {}

  /// The steps that are taken by a signature, by a label set under it, and by that label set.
  record Slot(long @Nullable [] matched, long @Nullable [] unique, long @Nullable [] given) {
    /// Whether a series with the signature was matched at a step.
    boolean isMatched(int step) {
      return matched != null && isSet(matched, step);
    }
  }

  private record Key(int signature, Labels labels) {}

  private static final Slot UNCHECKED = new Slot(null, null, null);

  private final boolean isOneToOne;
  private final boolean isUnchecked;
  private final Reservation memory;
  private final int stepCount;
  private final List<long @Nullable []> matched = new ArrayList<>();
  private final Map<Key, long[]> unique = new HashMap<>();
  private final Map<Labels, long[]> given = new HashMap<>();
  private @Nullable Failure first;

  /// @param isUnchecked whether nothing of this can happen
  JoinChecks(boolean isOneToOne, boolean isUnchecked, Reservation memory, int stepCount) {
    this.isOneToOne = isOneToOne;
    this.isUnchecked = isUnchecked;
    this.memory = memory;
    this.stepCount = stepCount;
  }

  /// Where the results of a signature with these labels are noted.
  Slot slot(int signature, Labels labels) {
    if (isUnchecked) {
      return UNCHECKED;
    }
    long[] ofSignature = matched(signature);
    if (isOneToOne) {
      // Equal labels are an equal signature, which is matched once.
      return new Slot(ofSignature, null, null);
    }
    long[] ofBoth = unique.computeIfAbsent(new Key(signature, labels), _ -> bitmap(labels));
    return new Slot(ofSignature, ofBoth, given.computeIfAbsent(labels, this::bitmap));
  }

  /// Notes that two series match at a step.
  void match(Slot slot, int step) {
    long[] ofBoth = slot.unique;
    long[] ofSignature = slot.matched;
    if (ofSignature == null) {
      return;
    }
    if (ofBoth != null) {
      note(add(ofBoth, step), step, 1, NOT_UNIQUE);
      add(ofSignature, step);
    } else {
      note(add(ofSignature, step), step, 1, MULTIPLE);
    }
  }

  /// Notes a result at a step.
  ///
  /// @return false if there is one with equal labels
  boolean give(Slot slot, int step) {
    long[] ofLabels = slot.given;
    boolean isNew = ofLabels == null || add(ofLabels, step);
    note(isNew, step, 2, MergeOperator.DUPLICATE);
    return isNew;
  }

  /// @param other another failure, if there is one
  /// @throws QueryFailedException if anything failed
  void fail(@Nullable Failure other) {
    if (other != null) {
      note(false, other.step, other.rank, other.message);
    }
    if (first != null) {
      throw new QueryFailedException(first.message);
    }
  }

  private void note(boolean isFine, int step, int rank, String message) {
    if (isFine) {
      return;
    }
    Failure before = first;
    boolean isLater =
        before != null && (step > before.step || step == before.step && rank >= before.rank);
    if (!isLater) {
      first = new Failure(step, rank, message);
    }
  }

  private long[] matched(int signature) {
    while (matched.size() <= signature) {
      matched.add(null);
    }
    long[] known = matched.get(signature);
    if (known == null) {
      known = memory.bitmap(stepCount);
      matched.set(signature, known);
    }
    return known;
  }

  private long[] bitmap(Labels labels) {
    memory.reserve(BYTES_PER_ENTRY + labels.bytes().length);
    return memory.bitmap(stepCount);
  }

  private static boolean isSet(long[] bitmap, int step) {
    return (bitmap[step >>> 6] >>> step & 1) != 0;
  }

  private static boolean add(long[] bitmap, int step) {
    boolean isNew = !isSet(bitmap, step);
    bitmap[step >>> 6] |= 1L << step;
    return isNew;
  }

  @Override
  public void close() {
    matched.clear();
    unique.clear();
    given.clear();
  }
}
