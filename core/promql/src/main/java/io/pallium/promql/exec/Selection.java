package io.pallium.promql.exec;

import io.pallium.promql.plan.Selector;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesSet;

/// The series and samples that one selector reads. Announces its time range when it is made.
final class Selection {
  private final ExecutionContext context;
  private final Selector selector;
  private final SelectHints hints;
  private final Steps steps;
  private final long spanMs;

  /// @param spanMs how far before a step samples matter: range or look-back
  /// @param rangeMs the range; 0 if there is none
  Selection(ExecutionContext context, Selector selector, Steps steps, long spanMs, long rangeMs) {
    this.context = context;
    this.selector = selector;
    this.steps = steps;
    this.spanMs = spanMs;
    long startMs = selector.shift().apply(steps.startMs()) - spanMs + 1;
    long endMs = selector.shift().apply(steps.endMs());
    long stepMs = steps.count() == 1 ? 0 : steps.stepMs();
    this.hints = new SelectHints(startMs, endMs, stepMs, rangeMs, true, false);
    context.announce(startMs, endMs);
  }

  Selector selector() {
    return selector;
  }

  long startMs() {
    return hints.startMs();
  }

  long endMs() {
    return hints.endMs();
  }

  /// The time of the first sample after `lastMs` that any step looks at; `lastMs` or earlier if the
  /// next one may matter.
  long neededAfter(long lastMs) {
    long firstEndMs = selector.shift().apply(steps.startMs());
    long step = lastMs < firstEndMs ? 0 : (lastMs - firstEndMs) / steps.stepMs() + 1;
    return selector.shift().apply(steps.startMs() + step * steps.stepMs()) - spanMs + 1;
  }

  SeriesSet open() {
    return context.select(hints, selector.matchers());
  }
}
