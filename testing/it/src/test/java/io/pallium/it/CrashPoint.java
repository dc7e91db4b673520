package io.pallium.it;

import java.nio.file.Path;
import java.util.regex.Pattern;

/// A place in the life of a database's files at which its process can end at once.
enum CrashPoint {
  LOG_WRITTEN(Operation.WRITE, "wal/\\d+\\.wal"),
  LOG_FORCED(Operation.FORCE, "wal/\\d+\\.wal"),
  CHUNKS_WRITTEN(Operation.WRITE, "head-chunks/.*"),
  CHECKPOINT_BEGUN(Operation.WRITE, "wal/checkpoint.*tmp"),
  CHECKPOINT_FORCED(Operation.FORCE, "wal/checkpoint.*tmp"),
  CHECKPOINT_RENAMED(Operation.RENAME, "wal/checkpoint.*"),
  SEGMENT_REMOVED(Operation.DELETE, "wal/\\d+\\.wal"),
  CHUNK_FILE_REMOVED(Operation.DELETE, "head-chunks/.*"),
  BLOCK_WRITTEN(Operation.WRITE, "blocks/.*tmp-for-creation.*"),
  BLOCK_FORCED(Operation.FORCE, "blocks/.*tmp-for-creation.*"),
  BLOCK_RENAMED(Operation.RENAME, "blocks/[^/]+/[^/]+");

  /// What is done to a file; the process ends right after it.
  enum Operation {
    WRITE,
    FORCE,
    RENAME,
    DELETE
  }

  private final Operation operation;
  private final Pattern file;

  CrashPoint(Operation operation, String file) {
    this.operation = operation;
    this.file = Pattern.compile(file);
  }

  /// Whether it is this place.
  ///
  /// @param path below the database's directory
  boolean isAt(Operation done, Path path) {
    return done == operation && file.matcher(path.toString()).matches();
  }
}
