package io.pallium.model;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// What became of a [WriteBatch]: the refs that the ingester gave out, the refs that it does not
/// know, and what it refused. Not thread-safe; handed over complete.
public final class WriteResult {
  private static final long[] NO_REFS = new long[0];

  private final long incarnation;
  private final int seriesCount;

  /// Empty until the first ref is given out: in the steady state none is.
  private long[] refs = NO_REFS;

  private final long[] rejected = new long[RejectReason.values().length];
  private int[] unknownRefs = new int[0];
  private int unknownRefCount;
  private long storedSamples;
  private @Nullable RejectReason firstReason;
  private String firstRejection = "";

  /// @param incarnation the incarnation of the ingester that answers; its refs hold for it alone
  /// @param seriesCount the number of series in the batch
  public WriteResult(long incarnation, int seriesCount) {
    this.incarnation = incarnation;
    this.seriesCount = seriesCount;
  }

  /// Gives out a ref for a series that came with labels.
  public void assignRef(int series, long ref) {
    if (refs.length == 0) {
      refs = new long[seriesCount];
    }
    refs[series] = ref;
  }

  /// Says that a series' ref is not known and that nothing of the series was stored: the sender
  /// repeats it with labels.
  public void addUnknownRef(int series) {
    if (unknownRefCount == unknownRefs.length) {
      unknownRefs = Arrays.copyOf(unknownRefs, Math.max(16, unknownRefCount * 2));
    }
    unknownRefs[unknownRefCount++] = series;
  }

  /// Counts samples (floats and histograms) that are stored, repeated equal samples included.
  public void addStored(long samples) {
    storedSamples += samples;
  }

  /// Counts one more refused sample, exemplar or entry.
  ///
  /// @return whether it is the first: then the caller words it by [#describeFirst]
  public boolean reject(RejectReason reason) {
    rejected[reason.ordinal()]++;
    if (firstReason == null) {
      firstReason = reason;
      return true;
    }
    return false;
  }

  /// Counts more refused ones at once, for a result that was received or merged; or some that were
  /// left out without being refused: as long as there is no first one in words, the sender is told
  /// that all went well.
  public void addRejected(RejectReason reason, long count) {
    rejected[reason.ordinal()] += count;
  }

  /// Says what the first refused one was and why, without the error id.
  public void describeFirst(RejectReason reason, String text) {
    firstReason = reason;
    firstRejection = text;
  }

  public long incarnation() {
    return incarnation;
  }

  public int seriesCount() {
    return seriesCount;
  }

  /// The ref given out for a series, or [WriteBatch#NO_REF].
  public long ref(int series) {
    return refs.length == 0 ? WriteBatch.NO_REF : refs[series];
  }

  public int unknownRefCount() {
    return unknownRefCount;
  }

  public int unknownRef(int index) {
    return unknownRefs[index];
  }

  public long storedSamples() {
    return storedSamples;
  }

  public long rejected(RejectReason reason) {
    return rejected[reason.ordinal()];
  }

  public boolean hasRejected() {
    return firstReason != null;
  }

  public @Nullable RejectReason firstReason() {
    return firstReason;
  }

  public String firstRejection() {
    return firstRejection;
  }
}
