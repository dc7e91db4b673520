package io.pallium.tsdb.head;

import io.pallium.tsdb.deletion.TimeSpans;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What was deleted from the series of one tenant that are in the head, by slot. A span never
/// reaches over the newest sample that its series had, so what comes later is not deleted; what
/// comes out of order into one is refused. Thread-safe.
final class HeadTombstones {
  private final Map<Integer, TimeSpans> spans = new ConcurrentHashMap<>();

  /// What was deleted from a series; null if nothing was.
  @Nullable TimeSpans of(int slot) {
    return spans.isEmpty() ? null : spans.get(slot);
  }

  /// Whether what a series has at a time was deleted.
  boolean contains(int slot, long timestampMs) {
    TimeSpans deleted = of(slot);
    return deleted != null && deleted.contains(timestampMs);
  }

  void add(int slot, long minMs, long maxMs) {
    spans.merge(
        slot, TimeSpans.NONE.with(minMs, maxMs), (present, _) -> present.with(minMs, maxMs));
  }

  /// Forgets series, whose slots others may get.
  void remove(int slot) {
    if (!spans.isEmpty()) {
      spans.remove(slot);
    }
  }

  /// Forgets spans that end before a time: their samples have left.
  void dropBefore(long endMs) {
    spans
        .entrySet()
        .removeIf(entry -> entry.getValue().maxMs(entry.getValue().count() - 1) < endMs);
  }
}
