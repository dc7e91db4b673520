package io.pallium.promql.exec;

import io.pallium.model.Labels;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What an aggregation keeps for each of its groups, in the order in which groups were met.
/// Confined to one thread.
final class Groups<T> {
  private static final int BYTES_PER_GROUP = 256;

  private final @Nullable LabelProjection grouping;
  private final Reservation memory;
  private final Function<Labels, T> create;
  private final Map<Labels, T> byLabels = new HashMap<>();
  private final List<T> all = new ArrayList<>();

  /// @param grouping the labels that make a group; null if all series are in one
  /// @param create makes what is kept from the labels of a group
  Groups(@Nullable LabelProjection grouping, Reservation memory, Function<Labels, T> create) {
    this.grouping = grouping;
    this.memory = memory;
    this.create = create;
  }

  /// The group of the present series of an operator.
  T of(SeriesOperator series) {
    if (grouping == null) {
      return all.isEmpty() ? add(Labels.EMPTY) : all.get(0);
    }
    Labels key = grouping.apply(series.labels());
    T known = byLabels.get(key);
    if (known != null) {
      return known;
    }
    T added = add(key);
    byLabels.put(key, added);
    return added;
  }

  List<T> all() {
    return all;
  }

  void clear() {
    byLabels.clear();
    all.clear();
  }

  private T add(Labels key) {
    memory.reserve(BYTES_PER_GROUP + key.bytes().length);
    T added = create.apply(key);
    all.add(added);
    return added;
  }
}
