package io.pallium.tsdb.head;

import io.pallium.model.RejectReason;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteResult;

/// Counts what a commit refuses, and remembers where the first of it stands, whose description is
/// the text of the answer. Confined.
final class Refusals {
  private static final WriteResult NO_RESULT = new WriteResult(0, 0);

  private WriteResult result = NO_RESULT;
  private int firstEntry = -1;
  private long firstTimeMs;

  void begin(WriteResult newResult) {
    result = newResult;
    firstEntry = -1;
  }

  /// Refuses something of a series.
  ///
  /// @param entry the index of the series in the batch
  void add(int entry, long timestampMs, RejectReason reason) {
    if (result.reject(reason)) {
      firstEntry = entry;
      firstTimeMs = timestampMs;
    }
  }

  /// Counts what its sender is not told of.
  void addSilently(RejectReason reason) {
    result.addRejected(reason, 1);
  }

  /// Puts the description into the result, and lets go of it.
  void end(TenantHead tenant, WriteBatch batch, int[] slots) {
    RejectReason first = result.firstReason();
    if (first != null && firstEntry >= 0) {
      result.describeFirst(
          first, tenant.describe(first, firstTimeMs, batch, firstEntry, slots[firstEntry]));
    }
    result = NO_RESULT;
  }
}
