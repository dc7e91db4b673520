package io.pallium.promql.exec;

import io.pallium.model.Labels;
import java.util.ArrayList;
import java.util.List;

/// For each signature, the steps at which a series with it has a value.
final class SignatureSteps {
  private final Signatures signatures;
  private final Reservation memory;
  private final int stepCount;
  private final List<long[]> steps = new ArrayList<>();

  SignatureSteps(Signatures signatures, Reservation memory, int stepCount) {
    this.signatures = signatures;
    this.memory = memory;
    this.stepCount = stepCount;
  }

  /// Adds the steps of a series.
  void add(Labels labels, StepColumn column) {
    int ordinal = signatures.ordinal(labels);
    while (steps.size() <= ordinal) {
      steps.add(memory.bitmap(stepCount));
    }
    long[] bitmap = steps.get(ordinal);
    long[] present = column.presence();
    for (int i = 0; i < bitmap.length; i++) {
      bitmap[i] |= present[i];
    }
  }

  /// Keeps the steps of a series at which its signature has (or does not have) a value.
  void mask(Labels labels, StepColumn column, boolean isInverted) {
    int ordinal = signatures.knownOrdinal(labels);
    if (ordinal >= 0) {
      column.mask(steps.get(ordinal), isInverted);
    } else if (!isInverted) {
      column.clear();
    }
  }
}
