package io.pallium.storage;

import io.pallium.model.LabelMatcher;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/// Several queriers of one tenant and range seen as one: a head and blocks, or the replicas of a
/// ring. Confined to one thread, as its parts.
public final class MergedQuerier implements Querier {
  private final List<Querier> parts;
  private final QueryControl control;

  private MergedQuerier(List<Querier> parts, QueryControl control) {
    this.parts = parts;
    this.control = control;
  }

  /// Merges queriers, which belong to the result from now on.
  ///
  /// @param parts where two of them have a sample of the same series at the same time, the one of
  ///   the earlier part is returned
  public static Querier of(List<Querier> parts, QueryControl control) {
    return parts.size() == 1 ? parts.getFirst() : new MergedQuerier(List.copyOf(parts), control);
  }

  @Override
  public SeriesSet select(SelectHints hints, List<LabelMatcher> matchers) {
    // Equal series are found side by side, which needs order.
    SelectHints sorted =
        new SelectHints(
            hints.startMs(),
            hints.endMs(),
            hints.stepMs(),
            hints.rangeMs(),
            true,
            hints.isSeriesOnly());
    List<SeriesSet> sets = new ArrayList<>(parts.size());
    for (Querier part : parts) {
      sets.add(part.select(sorted, matchers));
    }
    return MergedSeriesSet.of(sets, control);
  }

  @Override
  public List<String> labelNames(List<LabelMatcher> matchers, int limit) {
    TreeSet<String> names = new TreeSet<>(MergedQuerier::compareBytes);
    for (Querier part : parts) {
      names.addAll(part.labelNames(matchers, limit));
    }
    return limited(names, limit);
  }

  @Override
  public List<String> labelValues(String name, List<LabelMatcher> matchers, int limit) {
    TreeSet<String> values = new TreeSet<>(MergedQuerier::compareBytes);
    for (Querier part : parts) {
      values.addAll(part.labelValues(name, matchers, limit));
    }
    return limited(values, limit);
  }

  @Override
  public void close() {
    RuntimeException failure = null;
    for (Querier part : parts.reversed()) {
      try {
        part.close();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private static List<String> limited(TreeSet<String> texts, int limit) {
    return limit > 0 ? texts.stream().limit(limit).toList() : List.copyOf(texts);
  }

  private static int compareBytes(String a, String b) {
    return Arrays.compareUnsigned(
        a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }
}
