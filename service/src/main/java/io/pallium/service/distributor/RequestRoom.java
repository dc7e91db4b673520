package io.pallium.service.distributor;

import io.pallium.base.BadRequestException;
import io.pallium.base.HotPath;
import io.pallium.base.LimitExceededException;
import io.pallium.base.memory.MemoryBudget;

/// What one request takes of the room that all requests share: its inflated body and everything
/// that is decoded from it, counted before it is allocated. Reserved in steps, so that a sample
/// costs an addition. Confined to one thread at a time; used again after [#release].
@HotPath
final class RequestRoom {
  /// A float sample in the columns of the reader and of a batch.
  static final int SAMPLE_BYTES = 32;

  /// The start timestamp of a sample in both.
  static final int START_BYTES = 16;

  /// A series in the columns of a batch and of who applies it, beside its labels.
  static final int SERIES_BYTES = 48;

  /// An exemplar or metadata entry in the columns, its object and the headers of its texts.
  static final int ENTRY_BYTES = 160;

  private static final long STEP_BYTES = 64 * 1024;

  private final MemoryBudget inflight;
  private long reservedBytes;
  private long takenBytes;
  private long mostBytes;

  RequestRoom(MemoryBudget inflight) {
    this.inflight = inflight;
  }

  /// Takes room.
  ///
  /// @throws BadRequestException (413) if this request alone is more than all may take together
  /// @throws LimitExceededException (node kind) if there is no room now
  void take(long bytes) {
    takenBytes += bytes;
    if (takenBytes > reservedBytes) {
      reserveMore();
    }
  }

  /// Gives back room that was taken for a moment.
  void give(long bytes) {
    takenBytes -= bytes;
  }

  /// Gives all of it back.
  void release() {
    mostBytes = Math.max(mostBytes, reservedBytes);
    inflight.release(reservedBytes);
    reservedBytes = 0;
    takenBytes = 0;
  }

  /// The most that any request has taken here: what buffers that are used again have grown to.
  long mostBytes() {
    return mostBytes;
  }

  private void reserveMore() {
    long needed = takenBytes - reservedBytes;
    if (needed < STEP_BYTES && inflight.tryReserve(STEP_BYTES)) {
      reservedBytes += STEP_BYTES;
      return;
    }
    if (inflight.tryReserve(needed)) {
      reservedBytes += needed;
      return;
    }
    if (takenBytes > inflight.limitBytes()) {
      throw BadRequestException.tooLarge(
          "the request takes more than "
              + inflight.limitBytes()
              + " bytes when it is decoded, which is what all requests may take at once"
              + " (max_inflight_size): send smaller requests");
    }
    throw LimitExceededException.node(
        "too many writes are in work: "
            + needed
            + " bytes more exceed the limit of "
            + inflight.limitBytes()
            + " (max_inflight_size)");
  }
}
