package io.pallium.tsdb.file;

import java.nio.file.FileSystemException;
import java.nio.file.Path;

/// Another process, or another part of this one, holds the lock of a file.
public final class FileLockedException extends FileSystemException {
  private static final long serialVersionUID = 1L;

  /// @param file the file that is locked
  public FileLockedException(Path file) {
    super(file.toString(), null, "is locked by another");
  }
}
