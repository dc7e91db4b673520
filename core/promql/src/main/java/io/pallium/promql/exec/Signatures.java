package io.pallium.promql.exec;

import io.pallium.model.Labels;
import io.pallium.promql.ast.VectorMatching;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Numbers the label sets by which series of two vectors match.
final class Signatures {
  private static final int BYTES_PER_ENTRY = 160;

  private final Reservation memory;
  private final LabelProjection projection;
  private final Map<Labels, Integer> ordinals = new HashMap<>();

  Signatures(VectorMatching matching, Reservation memory) {
    this.memory = memory;
    this.projection = projection(matching);
  }

  /// Keeps the labels that series match on; the metric's name only if it is named.
  static LabelProjection projection(VectorMatching matching) {
    if (matching.on()) {
      return LabelProjection.keeping(matching.labels());
    }
    List<String> names = new ArrayList<>(matching.labels());
    names.add(Labels.METRIC_NAME);
    return LabelProjection.dropping(names);
  }

  /// The number of a series' signature; a new one if it was not met before.
  int ordinal(Labels labels) {
    Labels signature = projection.apply(labels);
    Integer known = ordinals.get(signature);
    if (known != null) {
      return known;
    }
    memory.reserve(BYTES_PER_ENTRY + signature.bytes().length);
    ordinals.put(signature, ordinals.size());
    return ordinals.size() - 1;
  }

  /// The number of a series' signature; -1 if it was not met before.
  int knownOrdinal(Labels labels) {
    return ordinals.getOrDefault(projection.apply(labels), -1);
  }

  /// The labels that a series matches by.
  Labels signature(Labels labels) {
    return projection.apply(labels);
  }

  int count() {
    return ordinals.size();
  }
}
