package io.pallium.storage;

import io.pallium.model.Labels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Function;

/// Several sorted sets as one sorted set, in which each series comes once. Confined to one thread.
public final class MergedSeriesSet implements SeriesSet {
  /// A set that stands on a series, and its rank among the parts.
  private record Part(SeriesSet set, int rank, Labels labels) {}

  private final PriorityQueue<Part> waiting =
      new PriorityQueue<>(Comparator.comparing(Part::labels).thenComparingInt(Part::rank));

  /// The parts that stand on the present series, by rank.
  private final List<Part> present = new ArrayList<>();

  private final Function<List<SampleCursor>, SampleCursor> join;

  /// @param sets sorted
  /// @param join makes one cursor of those of equal series, which are in the order of the sets
  MergedSeriesSet(List<SeriesSet> sets, Function<List<SampleCursor>, SampleCursor> join) {
    this.join = join;
    for (int rank = 0; rank < sets.size(); rank++) {
      if (!sets.get(rank).isSorted()) {
        throw new AssertionError("BUG: a set to be merged is not sorted");
      }
      advance(sets.get(rank), rank);
    }
  }

  /// Merges sets.
  ///
  /// @param sets sorted; of equal series with samples at equal times, those of the earlier set are
  ///   returned
  public static SeriesSet of(List<SeriesSet> sets, QueryControl control) {
    return sets.size() == 1
        ? sets.getFirst()
        : new MergedSeriesSet(sets, cursors -> MergedSampleCursor.of(cursors, control));
  }

  @Override
  public boolean isSorted() {
    return true;
  }

  @Override
  public boolean next() {
    for (Part part : present) {
      advance(part.set, part.rank);
    }
    present.clear();
    Part first = waiting.poll();
    if (first == null) {
      return false;
    }
    present.add(first);
    while (true) {
      Part same = waiting.peek();
      if (same == null || !same.labels.equals(first.labels)) {
        return true;
      }
      present.add(waiting.remove());
    }
  }

  @Override
  public Labels labels() {
    return present.getFirst().labels;
  }

  @Override
  public SampleCursor samples() {
    List<SampleCursor> cursors = new ArrayList<>(present.size());
    for (Part part : present) {
      cursors.add(part.set.samples());
    }
    return join.apply(cursors);
  }

  private void advance(SeriesSet set, int rank) {
    if (set.next()) {
      waiting.add(new Part(set, rank, set.labels()));
    }
  }
}
