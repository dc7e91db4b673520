package io.pallium.storage;

import io.pallium.model.LabelMatcher;
import java.util.ArrayList;
import java.util.List;

/// Several views as one, whose times do not overlap and which are in order of time: blocks and then
/// the head. Series of equal labels become one, whose samples follow each other. Confined to one
/// thread.
public final class TimelineQuerier implements Querier {
  private final List<Querier> parts;
  private final Runnable onClose;

  /// @param parts closed with this one
  /// @param onClose runs after that
  public TimelineQuerier(List<Querier> parts, Runnable onClose) {
    this.parts = parts;
    this.onClose = onClose;
  }

  @Override
  public SeriesSet select(SelectHints hints, List<LabelMatcher> matchers) {
    if (parts.size() == 1) {
      return parts.getFirst().select(hints, matchers);
    }
    SelectHints sorted =
        new SelectHints(
            hints.startMs(),
            hints.endMs(),
            hints.stepMs(),
            hints.rangeMs(),
            true,
            hints.isSeriesOnly());
    List<SeriesSet> sets = new ArrayList<>();
    for (Querier part : parts) {
      sets.add(part.select(sorted, matchers));
    }
    return new MergedSeriesSet(
        sets, cursors -> cursors.size() == 1 ? cursors.getFirst() : new Timeline(cursors));
  }

  @Override
  public List<String> labelNames(List<LabelMatcher> matchers, int limit) {
    List<List<String>> lists = new ArrayList<>();
    for (Querier part : parts) {
      lists.add(part.labelNames(matchers, limit));
    }
    return SortedTexts.union(lists, limit);
  }

  @Override
  public List<String> labelValues(String name, List<LabelMatcher> matchers, int limit) {
    List<List<String>> lists = new ArrayList<>();
    for (Querier part : parts) {
      lists.add(part.labelValues(name, matchers, limit));
    }
    return SortedTexts.union(lists, limit);
  }

  @Override
  public void close() {
    closeFrom(0);
  }

  /// Closes all, even if one fails, and only then runs what comes after.
  private void closeFrom(int index) {
    if (index == parts.size()) {
      onClose.run();
      return;
    }
    try {
      parts.get(index).close();
    } finally {
      closeFrom(index + 1);
    }
  }

  /// Cursors one after another.
  private static final class Timeline implements SampleCursor {
    private final List<SampleCursor> cursors;
    private int at;

    Timeline(List<SampleCursor> cursors) {
      this.cursors = cursors;
    }

    @Override
    public boolean nextRun(SampleColumn into) {
      while (at < cursors.size()) {
        if (cursors.get(at).nextRun(into)) {
          return true;
        }
        at++;
      }
      return false;
    }

    @Override
    public void skipTo(long timestampMs) {
      for (int i = at; i < cursors.size(); i++) {
        cursors.get(i).skipTo(timestampMs);
      }
    }
  }
}
