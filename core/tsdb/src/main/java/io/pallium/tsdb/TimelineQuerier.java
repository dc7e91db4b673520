package io.pallium.tsdb;

import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.storage.Querier;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesSet;
import io.pallium.storage.SortedTexts;
import java.util.ArrayList;
import java.util.List;

/// Several views as one, whose times do not overlap and which are in order of time: blocks and then
/// the head. Series of equal labels become one, whose samples follow each other.
final class TimelineQuerier implements Querier {
  private final List<Querier> parts;
  private final Runnable onClose;

  /// @param parts closed with this one
  /// @param onClose runs after that
  TimelineQuerier(List<Querier> parts, Runnable onClose) {
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
    return sets.isEmpty() ? SeriesSet.EMPTY : new Timelines(sets);
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

  /// Merges sorted sets by label. There are few of them, so each step looks at all.
  private static final class Timelines implements SeriesSet {
    private final List<SeriesSet> sets;
    private final List<Labels> heads = new ArrayList<>();
    private final List<SeriesSet> present = new ArrayList<>();
    private Labels labels = Labels.EMPTY;
    private boolean isBegun;

    Timelines(List<SeriesSet> sets) {
      this.sets = new ArrayList<>(sets);
    }

    @Override
    public boolean isSorted() {
      return true;
    }

    @Override
    public boolean next() {
      if (!isBegun) {
        isBegun = true;
        sets.removeIf(set -> !set.next());
        for (SeriesSet set : sets) {
          heads.add(set.labels());
        }
      } else {
        advancePresent();
      }
      present.clear();
      if (sets.isEmpty()) {
        return false;
      }
      labels = heads.getFirst();
      for (Labels candidate : heads) {
        if (candidate.compareTo(labels) < 0) {
          labels = candidate;
        }
      }
      for (int i = 0; i < sets.size(); i++) {
        if (heads.get(i).equals(labels)) {
          present.add(sets.get(i));
        }
      }
      return true;
    }

    @Override
    public Labels labels() {
      return labels;
    }

    @Override
    public SampleCursor samples() {
      if (present.size() == 1) {
        return present.getFirst().samples();
      }
      List<SampleCursor> cursors = new ArrayList<>();
      for (SeriesSet set : present) {
        cursors.add(set.samples());
      }
      return new Timeline(cursors);
    }

    private void advancePresent() {
      for (int i = sets.size() - 1; i >= 0; i--) {
        if (present.contains(sets.get(i))) {
          if (sets.get(i).next()) {
            heads.set(i, sets.get(i).labels());
          } else {
            sets.remove(i);
            heads.remove(i);
          }
        }
      }
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
