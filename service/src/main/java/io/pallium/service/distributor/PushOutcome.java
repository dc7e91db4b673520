package io.pallium.service.distributor;

import io.pallium.model.RejectReason;
import org.jspecify.annotations.Nullable;

/// How a push ended that was not refused or failed as a whole: all was stored, or some was refused
/// for good and the rest was stored.
///
/// @param storedSamples float and histogram samples that are durable, repeated equal ones included
/// @param storedHistograms how many of them are histograms
/// @param storedExemplars exemplars that are kept
/// @param rejectedCount samples, exemplars and metadata entries that were refused for good
/// @param firstReason why the first of them was refused; null if none was
/// @param text for the sender: the first reason with its stable id, then counts; empty if none was
public record PushOutcome(
    long storedSamples,
    long storedHistograms,
    long storedExemplars,
    long rejectedCount,
    @Nullable RejectReason firstReason,
    String text) {

  /// Whether nothing was refused.
  public boolean isComplete() {
    return firstReason == null;
  }
}
