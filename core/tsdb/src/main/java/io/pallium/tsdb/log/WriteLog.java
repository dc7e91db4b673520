package io.pallium.tsdb.log;

/// The durability seam of the write path: append gives a position, the log says up to where it is
/// durable, and after a start everything is replayed from a position. The head knows positions,
/// never files.
///
/// Order of use: [#replay] once, then appends from any thread. A failed write or force is never
/// tried again: from then on the log refuses everything ([#isHealthy]) and only a restart helps.
///
/// An append goes like this, so that it never waits while the head's locks are held:
///
/// ```
/// long room = LogRecordWriter.maxSizeBytes(...);
/// log.reserve(room);                            // may wait, may refuse
/// ... validate and encode, under stripe locks ...
/// LogAppend append = log.append(record, room);  // copies; on an exception nothing was taken, and
///                                               // room is given back
/// ... apply to the head ...
/// append.whenComplete(...)                      // answer
/// ```
public interface WriteLog extends AutoCloseable {
  /// Reads what the log holds and opens it for appending. Damaged content is reported, never
  /// thrown.
  ///
  /// @param fromPosition records below are not handed to the visitor; 0 for everything
  /// @throws io.pallium.base.UnavailableException if a file of the log cannot be read, or the log
  ///   cannot be opened for appending
  LogReplayReport replay(long fromPosition, LogVisitor visitor, LogReplayProgress progress);

  /// Takes room for a record in the buffer between appenders and disk. Waits for at most the
  /// configured time while there is none. Each reservation ends with exactly one [#append] or
  /// [#release].
  ///
  /// @throws io.pallium.base.LimitExceededException if there is no room in time, or the disk is
  ///   nearly full
  /// @throws io.pallium.base.UnavailableException if the log is not healthy, or is closing
  void reserve(long roomBytes);

  /// Gives unused room back.
  void release(long roomBytes);

  /// Takes a finished record. Never waits for the disk. The writer can be used again at once.
  ///
  /// @param reservedBytes what was reserved for this record, at least its size; given back also
  ///   when this throws
  /// @throws io.pallium.base.UnavailableException if the log is not healthy, or closed: the record
  ///   was not taken
  LogAppend append(LogRecordWriter record, long reservedBytes);

  /// Reserves room for a small record and appends it: for tenants and their deletion.
  default LogAppend append(LogRecordWriter record) {
    long room = record.sizeBytes();
    reserve(room);
    return append(record, room);
  }

  /// The position that the next record will have.
  long endPosition();

  /// All records below this position are durable.
  long durablePosition();

  /// Whether appends can succeed.
  boolean isHealthy();

  /// Reads the segments that are there once more, beside appends: all samples that blocks do not
  /// have. Damage is passed over. Not beside [#truncate].
  ///
  /// @return the damaged places
  /// @throws io.pallium.base.UnavailableException if a file cannot be read
  int read(LogVisitor visitor);

  /// Removes what is no longer needed from the log's beginning: segments that lie below a position
  /// and whose samples all lie before their tenant's cut time. First writes a checkpoint that
  /// stands for them; now and then also if there is nothing to remove, since a start need not read
  /// the segments that a checkpoint stands for. Runs on the caller's thread, beside appends; one
  /// call at a time.
  ///
  /// @param appliedPosition all records below it have been applied to the head
  /// @param cutTimes until which time each tenant's samples are in blocks
  /// @param content of a checkpoint; asked only if one is written
  /// @return the number of segments removed
  /// @throws io.pallium.base.UnavailableException if the checkpoint cannot be written; the log is
  ///   as it was
  int truncate(long appliedPosition, CutTimes cutTimes, CheckpointContent content);

  /// Closes as [#close] does, then leaves a checkpoint that stands for everything, so that the next
  /// start has no segment to read; without it, if that fails.
  ///
  /// @param content asked when all that was appended has been written
  void close(CheckpointContent content);

  /// Writes and forces what was appended, then closes. Appends that could not be written fail.
  @Override
  void close();

  /// Until when a tenant's samples are in blocks.
  @FunctionalInterface
  interface CutTimes {
    /// All samples of the tenant before this time are in blocks; `Long.MIN_VALUE` if none are,
    /// `Long.MAX_VALUE` if the tenant does not exist any more.
    long cutTimeMs(long tenantNumber);
  }
}
