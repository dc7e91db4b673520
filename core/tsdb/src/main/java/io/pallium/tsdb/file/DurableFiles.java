package io.pallium.tsdb.file;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/// All durable input and output of this module. Implementations: the local file system
/// ([LocalDurableFiles]) and, for tests, a model of the page cache that can crash.
///
/// What survives a crash of the machine: the content of a file up to its last [AppendFile#force],
/// under a name whose directory was forced after the name was given. Everything else may be there,
/// missing or torn. Thread-safe; handles are confined unless they say otherwise.
public interface DurableFiles {
  /// Creates an empty file and opens it for appending.
  ///
  /// @throws java.nio.file.FileAlreadyExistsException if the name is taken
  AppendFile create(Path file) throws IOException;

  /// Opens an existing file for reading.
  ///
  /// @throws java.nio.file.NoSuchFileException if there is none
  ReadFile openRead(Path file) throws IOException;

  /// Maps a whole existing file read-only; the mapping lives as long as `arena`.
  MemorySegment map(Path file, Arena arena) throws IOException;

  /// Cuts a file to a length, if it is longer, and forces it.
  void truncate(Path file, long lengthBytes) throws IOException;

  /// Gives a file or directory another name at once. A file that has the name is replaced.
  void rename(Path from, Path to) throws IOException;

  /// Deletes a file, or a directory with all that is in it; nothing happens if it does not exist.
  void delete(Path path) throws IOException;

  /// The names of the files and directories in a directory, sorted; empty if it does not exist.
  List<String> list(Path directory) throws IOException;

  /// Creates a directory and its parents as far as they do not exist, and makes their names
  /// durable.
  void createDirectories(Path directory) throws IOException;

  /// Makes the names in a directory durable (created, renamed and deleted ones).
  void forceDirectory(Path directory) throws IOException;

  /// Whether a file or directory has this name.
  boolean exists(Path path) throws IOException;

  /// Whether a directory has this name.
  boolean isDirectory(Path path) throws IOException;

  /// Takes a file, created if need be, for one holder alone until the lock is closed or its process
  /// ends, however it does. Holds between processes too.
  ///
  /// @throws FileLockedException if another holds it; never waits
  Closeable lock(Path file) throws IOException;

  /// The bytes that may still be written below a directory that exists.
  long freeBytes(Path directory) throws IOException;
}
