package io.pallium.promql.exec;

import io.pallium.promql.plan.Site;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The last warning or info of an operation at each step: Prometheus keeps no others of those
/// between two operands. Confined to the query's thread.
final class LastNotes {
  private record Note(boolean isWarning, String text) {}

  private final Site site;
  private final Reservation memory;
  private final int stepCount;
  private final Map<String, Note> known = new HashMap<>();
  private @Nullable Note @Nullable [] notes;

  LastNotes(Site site, Reservation memory, int stepCount) {
    this.site = site;
    this.memory = memory;
    this.stepCount = stepCount;
  }

  void warn(int step, String text) {
    set(step, true, text);
  }

  void inform(int step, String text) {
    set(step, false, text);
  }

  private void set(int step, boolean isWarning, String text) {
    @Nullable Note[] all = notes;
    if (all == null) {
      memory.reserve(16 + 8L * stepCount);
      all = new Note[stepCount];
      notes = all;
    }
    // There are few texts, and one object for all steps with the same.
    all[step] = known.computeIfAbsent(text, _ -> new Note(isWarning, text));
  }

  /// Hands over what is left at the end.
  void addTo(Annotations annotations) {
    @Nullable Note[] all = notes;
    if (all == null) {
      return;
    }
    for (Note note : all) {
      if (note != null && note.isWarning) {
        annotations.warn(site, note.text);
      } else if (note != null) {
        annotations.inform(site, note.text);
      }
    }
  }
}
