package io.pallium.tsdb.deletion;

import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import org.jspecify.annotations.Nullable;

/// The samples of a cursor without those that are deleted. Confined to one thread.
public final class UndeletedCursor implements SampleCursor {
  private final SampleCursor cursor;
  private final TimeSpans deleted;
  private final QueryControl control;
  private @Nullable SampleColumn run;

  /// Whether the sample before the next one was left out.
  private boolean isAfterGap;

  private UndeletedCursor(SampleCursor cursor, TimeSpans deleted, QueryControl control) {
    this.cursor = cursor;
    this.deleted = deleted;
    this.control = control;
  }

  /// @param deleted null if nothing is, and then the cursor is returned
  public static SampleCursor of(
      SampleCursor cursor, @Nullable TimeSpans deleted, QueryControl control) {
    return deleted == null ? cursor : new UndeletedCursor(cursor, deleted, control);
  }

  @Override
  public void skipTo(long timestampMs) {
    cursor.skipTo(timestampMs);
  }

  @Override
  public boolean nextRun(SampleColumn into) {
    SampleColumn column = run;
    if (column == null) {
      column = new SampleColumn(control);
      run = column;
    }
    int before = into.size();
    while (into.size() == before) {
      column.clear();
      if (!cursor.nextRun(column)) {
        column.release();
        run = null;
        return false;
      }
      copy(column, into);
    }
    return true;
  }

  private void copy(SampleColumn from, SampleColumn into) {
    for (int i = 0; i < from.size(); i++) {
      long timestampMs = from.timestampsMs()[i];
      if (deleted.contains(timestampMs)) {
        isAfterGap = true;
        continue;
      }
      NativeHistogram histogram = from.histogram(i);
      if (histogram == null) {
        into.add(timestampMs, from.values()[i]);
      } else {
        // That it goes on from the one before was said of one that is deleted.
        boolean isStranded = isAfterGap && histogram.resetHint() == ResetHint.NO;
        into.add(timestampMs, isStranded ? histogram.withResetHint(ResetHint.UNKNOWN) : histogram);
      }
      into.setStart(from.startMs(i));
      isAfterGap = false;
    }
  }
}
