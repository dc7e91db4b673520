package io.pallium.tsdb.log;

/// Hears how far a replay has come, about once per mebibyte and at the end of each file.
@FunctionalInterface
public interface LogReplayProgress {
  /// For those who do not ask.
  LogReplayProgress NONE = (filesDone, filesTotal, bytesDone, bytesTotal) -> {};

  /// @param filesDone files read to their end; the checkpoint counts as one
  /// @param bytesDone bytes read of all files
  void update(int filesDone, int filesTotal, long bytesDone, long bytesTotal);
}
