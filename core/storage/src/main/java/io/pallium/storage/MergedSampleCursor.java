package io.pallium.storage;

import io.pallium.base.HotPath;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The samples of several cursors over one series, in order of time, each time once: that of the
/// cursor that comes first in the list. Confined to one thread.
///
/// Each cursor has a column that holds its next run. What lies before the next time of all other
/// cursors is copied as one slice, so cursors that do not overlap are strung together run by run;
/// only where they do are slices short. A histogram that follows one of another cursor does not say
/// any more whether its counter was reset in between, since its own cursor meant another one.
@HotPath
public final class MergedSampleCursor implements SampleCursor {
  private static final int RUN_SAMPLES = 256;

  private final Source[] sources;
  private long skipMs = Long.MIN_VALUE;

  /// Where the last sample returned was; nothing at or before it is returned again.
  private long lastMs = Long.MIN_VALUE;

  private boolean hasReturned;

  /// The one that the last sample returned was of.
  private @Nullable Source lastSource;

  private boolean isOpen;

  private MergedSampleCursor(List<SampleCursor> cursors, QueryControl control) {
    sources = new Source[cursors.size()];
    for (int i = 0; i < sources.length; i++) {
      sources[i] = new Source(cursors.get(i), control);
    }
  }

  /// Merges cursors.
  ///
  /// @param cursors where two have a sample at the same time, that of the earlier one is returned
  public static SampleCursor of(List<SampleCursor> cursors, QueryControl control) {
    return cursors.size() == 1 ? cursors.getFirst() : new MergedSampleCursor(cursors, control);
  }

  @Override
  public void skipTo(long timestampMs) {
    skipMs = Math.max(skipMs, timestampMs);
    for (Source source : sources) {
      source.cursor.skipTo(skipMs);
    }
  }

  @Override
  public boolean nextRun(SampleColumn into) {
    open();
    int target = 0;
    boolean isAny = false;
    // A run ends with the column that began it, so that it is about as long as one of theirs.
    while (true) {
      Source first = earliest();
      if (first == null) {
        return isAny;
      }
      int from = first.position;
      int to = first.endOfSlice(sources);
      copy(first.column, from, to, into, first == lastSource);
      lastSource = first;
      target += to - from;
      isAny = true;
      hasReturned = true;
      lastMs = first.column.timestampsMs()[to - 1];
      first.position = to;
      if (to == first.column.size() || target >= RUN_SAMPLES) {
        return true;
      }
      leaveBehind();
    }
  }

  private void open() {
    if (!isOpen) {
      isOpen = true;
      for (Source source : sources) {
        source.fill(false, 0);
      }
    }
    if (hasReturned) {
      leaveBehind();
    }
  }

  private void leaveBehind() {
    for (Source source : sources) {
      source.fill(true, lastMs);
    }
  }

  private @Nullable Source earliest() {
    Source first = null;
    for (Source source : sources) {
      if (source.hasMore() && (first == null || source.timeMs() < first.timeMs())) {
        first = source;
      }
    }
    return first;
  }

  private static void copy(
      SampleColumn from, int start, int end, SampleColumn into, boolean isContinued) {
    if (from.hasHistograms() || from.hasStarts()) {
      for (int i = start; i < end; i++) {
        NativeHistogram histogram = from.histogram(i);
        if (histogram == null) {
          into.add(from.timestampsMs()[i], from.values()[i]);
        } else {
          into.add(
              from.timestampsMs()[i], i == start && !isContinued ? alone(histogram) : histogram);
        }
        into.setStart(from.startMs(i));
      }
      return;
    }
    int count = end - start;
    int size = into.size();
    into.ensureRoom(count);
    System.arraycopy(from.timestampsMs(), start, into.timestampsMs(), size, count);
    System.arraycopy(from.values(), start, into.values(), size, count);
    into.setSize(size + count);
  }

  private static NativeHistogram alone(NativeHistogram histogram) {
    return histogram.resetHint() == ResetHint.GAUGE
        ? histogram
        : histogram.withResetHint(ResetHint.UNKNOWN);
  }

  /// A cursor and the run of it that is not yet passed on.
  private static final class Source {
    final SampleCursor cursor;
    final SampleColumn column;
    int position;
    private boolean isEnded;

    Source(SampleCursor cursor, QueryControl control) {
      this.cursor = cursor;
      this.column = new SampleColumn(control);
    }

    boolean hasMore() {
      return position < column.size();
    }

    long timeMs() {
      return column.timestampsMs()[position];
    }

    /// Makes the next sample after a bound available, if there is one.
    void fill(boolean hasBound, long boundMs) {
      while (true) {
        if (hasBound) {
          position = firstAfter(boundMs);
        }
        if (hasMore() || isEnded) {
          return;
        }
        column.clear();
        position = 0;
        if (!cursor.nextRun(column)) {
          isEnded = true;
          column.release();
        }
      }
    }

    /// The index after the last sample that no other source has to be asked about.
    int endOfSlice(Source[] sources) {
      long boundMs = Long.MAX_VALUE;
      boolean isAlone = true;
      for (Source other : sources) {
        if (other != this && other.hasMore()) {
          isAlone = false;
          boundMs = Math.min(boundMs, other.timeMs());
        }
      }
      if (isAlone || column.timestampsMs()[column.size() - 1] < boundMs) {
        return column.size();
      }
      // Of equal times, this source has the right to the first one.
      int end = firstAfter(boundMs);
      while (end > position + 1 && column.timestampsMs()[end - 1] == boundMs) {
        end--;
      }
      return end;
    }

    private int firstAfter(long timeMs) {
      long[] timestampsMs = column.timestampsMs();
      int low = position;
      if (low >= column.size() || timestampsMs[low] > timeMs) {
        return low;
      }
      int high = column.size();
      while (low < high) {
        int middle = low + high >>> 1;
        if (timestampsMs[middle] > timeMs) {
          high = middle;
        } else {
          low = middle + 1;
        }
      }
      return low;
    }
  }
}
