package io.pallium.objectstore.row;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What was done with one name and what came of it, and whether there is an order that explains all
/// of it: each operation at one moment between its call and its answer, those without an answer at
/// any moment after their call or never.
final class History {
  static final int NOTHING = 0;

  private final List<Step> steps = new ArrayList<>();

  /// What an operation does to what is there: a version's number, or [#NOTHING].
  interface Effect {
    /// @return what is there afterwards; null if the outcome cannot be this one
    @Nullable Integer apply(int before);
  }

  /// An operation.
  static final class Step {
    final String what;
    final long calledAt;
    private long answeredAt = Long.MAX_VALUE;
    private Effect effect;

    Step(String what, long calledAt, Effect ifUnknown) {
      this.what = what;
      this.calledAt = calledAt;
      this.effect = ifUnknown;
    }

    /// The operation ended, and this is what it must have done.
    void answered(long at, Effect effect) {
      this.answeredAt = at;
      this.effect = effect;
    }

    boolean isKnown() {
      return answeredAt != Long.MAX_VALUE;
    }

    long answeredAt() {
      return answeredAt;
    }
  }

  /// Notes a call.
  ///
  /// @param ifUnknown what it does if it takes place and there is never an answer
  Step called(String what, long at, Effect ifUnknown) {
    Step step = new Step(what, at, ifUnknown);
    steps.add(step);
    return step;
  }

  /// Whether nothing that changes the object was under way during `[from, to]`.
  boolean isQuiet(long from, long to) {
    return steps.stream().noneMatch(step -> step.calledAt < to && step.answeredAt > from);
  }

  boolean isExplained() {
    if (steps.size() > Long.SIZE - 1) {
      throw new AssertionError("too many steps on one name: " + steps.size());
    }
    return search(0, NOTHING, new HashSet<>());
  }

  private record State(long done, int value) {}

  private boolean search(long done, int value, Set<State> seen) {
    if (!seen.add(new State(done, value))) {
      return false;
    }
    long firstAnswer = Long.MAX_VALUE;
    for (int i = 0; i < steps.size(); i++) {
      if ((done & 1L << i) == 0) {
        firstAnswer = Math.min(firstAnswer, steps.get(i).answeredAt);
      }
    }
    if (firstAnswer == Long.MAX_VALUE) {
      return true;
    }
    for (int i = 0; i < steps.size(); i++) {
      Step step = steps.get(i);
      if ((done & 1L << i) == 0 && step.calledAt <= firstAnswer) {
        Integer after = step.effect.apply(value);
        if (after != null && search(done | 1L << i, after, seen)) {
          return true;
        }
      }
    }
    return false;
  }

  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    for (Step step : steps) {
      out.append("  ").append(step.calledAt).append(" .. ");
      out.append(step.isKnown() ? step.answeredAt : "unknown");
      out.append("  ").append(step.what).append('\n');
    }
    return out.toString();
  }
}
