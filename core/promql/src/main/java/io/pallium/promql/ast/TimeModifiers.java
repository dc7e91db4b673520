package io.pallium.promql.ast;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What `offset` and `@` say about a selector or sub-query.
///
/// @param originalOffset the offset as written, negative allowed; zero if there is none or if
///   `originalOffsetExpr` holds it
/// @param originalOffsetExpr the offset as a duration expression; null if there is none, and after
///   [DurationExpressions#resolve]
/// @param timestampMs the time after `@`, in milliseconds since the epoch; null if there is none
/// @param boundary `start()` or `end()` after `@`; null if there is none
public record TimeModifiers(
    Duration originalOffset,
    @Nullable DurationExpr originalOffsetExpr,
    @Nullable Long timestampMs,
    @Nullable Boundary boundary) {
  /// Neither offset nor `@`.
  public static final TimeModifiers NONE = new TimeModifiers(Duration.ZERO, null, null, null);

  /// Whether an offset was given.
  public boolean hasOffset() {
    return !originalOffset.isZero() || originalOffsetExpr != null;
  }

  /// Whether `@` was given.
  public boolean hasAt() {
    return timestampMs != null || boundary != null;
  }

  /// The same with a literal offset in the place of any other.
  public TimeModifiers withOffset(Duration offset) {
    return new TimeModifiers(offset, null, timestampMs, boundary);
  }

  /// The same with an offset that is a duration expression.
  public TimeModifiers withOffset(DurationExpr offset) {
    return new TimeModifiers(Duration.ZERO, offset, timestampMs, boundary);
  }

  /// The same at a fixed time, in milliseconds since the epoch.
  public TimeModifiers at(long atMs) {
    return new TimeModifiers(originalOffset, originalOffsetExpr, atMs, null);
  }

  /// The same at a boundary of the query.
  public TimeModifiers at(Boundary at) {
    return new TimeModifiers(originalOffset, originalOffsetExpr, null, at);
  }

  /// A boundary of the query's time range.
  public enum Boundary {
    START,
    END
  }
}
