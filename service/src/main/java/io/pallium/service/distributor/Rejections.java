package io.pallium.service.distributor;

import io.pallium.base.HotPath;
import io.pallium.model.RejectReason;
import io.pallium.model.WriteResult;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What of one request was refused: counts by reason, apart for samples, exemplars and metadata,
/// and the first reason in words. Confined to one thread at a time; used again by [#clear].
@HotPath
final class Rejections {
  /// What is counted.
  enum Kind {
    SAMPLE("samples"),
    EXEMPLAR("exemplars"),
    METADATA("metadata entries");

    private final String plural;

    Kind(String plural) {
      this.plural = plural;
    }
  }

  private static final RejectReason[] REASONS = RejectReason.values();
  private static final Kind[] KINDS = Kind.values();

  private final long[] counts = new long[KINDS.length * REASONS.length];
  private boolean isEmpty = true;
  private @Nullable RejectReason firstReason;
  private String firstText = "";

  void clear() {
    if (!isEmpty) {
      Arrays.fill(counts, 0);
      isEmpty = true;
      firstReason = null;
      firstText = "";
    }
  }

  /// Counts refused ones.
  ///
  /// @return whether this is the first reason of the request: then [#describe] is due
  boolean add(Kind kind, RejectReason reason, long count) {
    count(kind, reason, count);
    if (firstReason != null) {
      return false;
    }
    firstReason = reason;
    return true;
  }

  /// Counts ones that are left out, which the sender is not told: it could not mend it.
  void count(Kind kind, RejectReason reason, long count) {
    isEmpty = false;
    counts[kind.ordinal() * REASONS.length + reason.ordinal()] += count;
  }

  /// Words the first reason.
  void describe(String text) {
    firstText = text;
  }

  /// Adds what an ingester refused.
  void add(WriteResult result) {
    RejectReason first = result.firstReason();
    if (firstReason == null && first != null) {
      firstReason = first;
      firstText = result.firstRejection();
    }
    for (RejectReason reason : REASONS) {
      long count = result.rejected(reason);
      if (count > 0) {
        isEmpty = false;
        counts[kindOf(reason).ordinal() * REASONS.length + reason.ordinal()] += count;
      }
    }
  }

  boolean isEmpty() {
    return isEmpty;
  }

  @Nullable RejectReason firstReason() {
    return firstReason;
  }

  long count(Kind kind, RejectReason reason) {
    return counts[kind.ordinal() * REASONS.length + reason.ordinal()];
  }

  /// All that were refused, of any kind.
  long total() {
    long total = 0;
    for (long count : counts) {
      total += count;
    }
    return total;
  }

  /// Those of a kind that were refused or left out.
  long total(Kind kind) {
    long total = 0;
    for (RejectReason reason : REASONS) {
      total += count(kind, reason);
    }
    return total;
  }

  /// The text for the sender: the first reason with its id, then how many there are by reason.
  String text() {
    RejectReason first = firstReason;
    if (first == null) {
      return "";
    }
    StringBuilder text = new StringBuilder(firstText);
    text.append(" (").append(first.errorId()).append(')');
    String separator = "; not stored: ";
    for (Kind kind : KINDS) {
      for (RejectReason reason : REASONS) {
        long count = count(kind, reason);
        if (count > 0) {
          text.append(separator).append(count).append(' ').append(kind.plural);
          text.append(" for ").append(reason.errorId());
          separator = ", ";
        }
      }
    }
    return text.toString();
  }

  private static Kind kindOf(RejectReason reason) {
    return switch (reason) {
      case EXEMPLAR_LABELS_MISSING,
          EXEMPLAR_LABELS_TOO_LONG,
          EXEMPLAR_TIMESTAMP_INVALID,
          EXEMPLAR_OUT_OF_ORDER,
          EXEMPLAR_SERIES_MISSING,
          EXEMPLARS_OFF ->
          Kind.EXEMPLAR;
      case METADATA_MISSING_METRIC_NAME, METADATA_TOO_LONG, METADATA_INVALID, METADATA_LIMIT ->
          Kind.METADATA;
      default -> Kind.SAMPLE;
    };
  }
}
