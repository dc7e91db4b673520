package io.pallium.storage;

import io.pallium.base.UnavailableException;
import io.pallium.base.concurrent.FanOut;
import io.pallium.base.concurrent.FanOutPolicy;
import io.pallium.model.LabelMatcher;
import java.util.ArrayList;
import java.util.List;

/// Several queriers of one tenant and range seen as one: the ingesters of a ring. Confined to one
/// thread, but for names and values: all parts are asked for those at the same time, each on a
/// thread of its own. The first part that fails ends the question, and the calls to the others are
/// interrupted.
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
    return SortedTexts.union(ask("label names", part -> part.labelNames(matchers, limit)), limit);
  }

  @Override
  public List<String> labelValues(String name, List<LabelMatcher> matchers, int limit) {
    return SortedTexts.union(
        ask("label values", part -> part.labelValues(name, matchers, limit)), limit);
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

  private List<List<String>> ask(String what, FanOut.Call<Querier, List<String>> question) {
    control.check();
    try {
      return FanOut.call(what, parts, FanOutPolicy.all(control.remaining()), question);
    } catch (UnavailableException e) {
      // A part that was late because the query's time is over says less than the query itself.
      control.check();
      throw e;
    }
  }
}
