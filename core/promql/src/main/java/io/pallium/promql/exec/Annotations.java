package io.pallium.promql.exec;

import io.pallium.promql.ast.PositionRange;
import io.pallium.promql.plan.Site;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The warnings and infos of one query. A text stands once: of several places, the one that is
/// evaluated last is named. Texts may carry names of metrics and values of labels, so that each is
/// reserved until the result is closed. Thread-safe.
public final class Annotations implements AutoCloseable {
  private static final int BYTES_PER_ENTRY = 256;

  /// @param occurrences how often it happened; 0 if that is not said
  private record Entry(
      boolean isWarning, Site site, @Nullable MonotonicityFix fix, long occurrences) {}

  private final Reservation memory;
  private final Map<String, Entry> entries = new HashMap<>();
  private final List<LastNotes> open = new ArrayList<>();

  Annotations(Reservation memory) {
    this.memory = memory;
  }

  /// Adds a warning.
  void warn(Site site, String text) {
    add("PromQL warning: " + text, new Entry(true, site, null, 0));
  }

  /// Adds a warning that says how often it was added.
  void warnCounted(Site site, String text) {
    add("PromQL warning: " + text, new Entry(true, site, null, 1));
  }

  /// Adds an info.
  void inform(Site site, String text) {
    add("PromQL info: " + text, new Entry(false, site, null, 0));
  }

  /// Adds that buckets had to be made monotonic; several become one.
  ///
  /// @param suffix what is added to the text
  void inform(Site site, String suffix, MonotonicityFix fix) {
    add("PromQL info: " + MonotonicityFix.TEXT + suffix, new Entry(false, site, fix, 0));
  }

  /// Promises what an operation is going to have noted at the end.
  synchronized void addAtEnd(LastNotes notes) {
    open.add(notes);
  }

  /// The warnings with their positions, in no order.
  ///
  /// @param query the text that positions refer to
  public List<String> warnings(String query) {
    return texts(query, true);
  }

  /// The infos with their positions, in no order.
  ///
  /// @param query the text that positions refer to
  public List<String> infos(String query) {
    return texts(query, false);
  }

  private synchronized void add(String text, Entry entry) {
    if (!entries.containsKey(text)) {
      // Here and with its position in the answer.
      memory.reserve(BYTES_PER_ENTRY + 4L * text.length());
    }
    entries.merge(
        text,
        entry,
        (old, added) -> {
          Entry last = added.site.rank() >= old.site.rank() ? added : old;
          MonotonicityFix fix =
              old.fix == null || added.fix == null ? last.fix : old.fix.merge(added.fix);
          return new Entry(last.isWarning, last.site, fix, old.occurrences + added.occurrences);
        });
  }

  private synchronized List<String> texts(String query, boolean isWarning) {
    open.forEach(notes -> notes.addTo(this));
    open.clear();
    byte[] bytes = query.getBytes(StandardCharsets.UTF_8);
    return entries.entrySet().stream()
        .filter(entry -> entry.getValue().isWarning == isWarning)
        .map(entry -> text(entry.getKey(), entry.getValue(), bytes))
        .sorted()
        .toList();
  }

  @Override
  public synchronized void close() {
    memory.close();
  }

  private static String text(String text, Entry entry, byte[] query) {
    String details = entry.fix == null ? "" : entry.fix.details();
    if (entry.occurrences > 1) {
      details = " (" + entry.occurrences + " occurrences)";
    }
    return text + details + " (" + lineAndColumn(entry.site.position(), query) + ")";
  }

  private static String lineAndColumn(PositionRange position, byte[] query) {
    int start = Math.min(position.start(), query.length);
    int line = 1;
    int lastBreak = -1;
    for (int i = 0; i < start; i++) {
      if (query[i] == '\n') {
        line++;
        lastBreak = i;
      }
    }
    return line + ":" + (start - lastBreak);
  }
}
