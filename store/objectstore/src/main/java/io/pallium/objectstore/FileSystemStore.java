package io.pallium.objectstore;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Objects as files below a directory, under their own names: what a bucket holds can be copied
/// there and back with any tool.
///
/// A put writes `#put/<random>`, forces it, gives it the final name and forces the directory.
/// Changes of names happen under a lock on `#put/lock`, which holds between processes too; readers
/// and listings take none. Folders go with their last object; one without any is not listed. The
/// first character of `#put` is in no object's name.
public final class FileSystemStore implements ObjectStore {
  private static final String PUT_FOLDER = "#put";
  private static final int MAX_READ_TRIES = 100;
  private static final Duration ABANDONED_AFTER = Duration.ofDays(1);

  private final Path root;
  private final Path puts;

  /// Guarded by this object; null until something is written.
  private @Nullable NameLock lock;

  /// Opens the store in a directory. Nothing is written there before the first put.
  ///
  /// @param isMade whether the directory is made if it is not there
  /// @throws StoreException if it is not there, or is none
  public FileSystemStore(Path root, boolean isMade) {
    this.root = root;
    this.puts = root.resolve(PUT_FOLDER);
    try {
      if (isMade) {
        Files.createDirectories(root);
      }
      if (!Files.readAttributes(root, BasicFileAttributes.class).isDirectory()) {
        throw new NotDirectoryException(root.toString());
      }
    } catch (NoSuchFileException e) {
      throw StoreException.missing("directory \"" + root + '"', e);
    } catch (IOException e) {
      throw new StoreException(
          StoreException.Kind.MISCONFIGURED, "cannot use the directory " + root + ": " + e, e);
    }
  }

  private synchronized NameLock lock() throws IOException {
    NameLock present = lock;
    if (present == null) {
      if (!Files.isDirectory(root)) {
        throw new NoSuchFileException(root.toString());
      }
      Files.createDirectories(puts);
      present = new NameLock(puts.resolve("lock"));
      lock = present;
      removeAbandonedPuts();
    }
    return present;
  }

  @Override
  public Set<Capability> capabilities() {
    return Set.of(Capability.REPLACE_IF_UNCHANGED);
  }

  @Override
  public Optional<String> put(String name, ObjectContent content, PutCondition condition) {
    Path file = pathOf(name);
    Path temporary = puts.resolve(UUID.randomUUID().toString());
    try {
      NameLock unused = lock();
      write(content, temporary);
      return publish(temporary, file, condition);
    } catch (IOException e) {
      throw failed("put " + name, e);
    } finally {
      deleteQuietly(temporary);
    }
  }

  private static void write(ObjectContent content, Path temporary) throws IOException {
    try (InputStream in = content.openExactly();
        FileChannel out =
            FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      in.transferTo(Channels.newOutputStream(out));
      // Intended: file systems tick by milliseconds, and the time is part of the version.
      Files.setLastModifiedTime(temporary, FileTime.from(Instant.now()));
      out.force(true);
    }
  }

  private Optional<String> publish(Path temporary, Path file, PutCondition condition)
      throws IOException {
    Deque<Path> changed = new ArrayDeque<>();
    String version;
    try (NameLock.Held _ = lock().acquire()) {
      Optional<BasicFileAttributes> before = fileAttributes(file);
      if (!holds(condition, before)) {
        return Optional.empty();
      }
      createFolders(folderOf(file), changed);
      version = versionOf(Files.readAttributes(temporary, BasicFileAttributes.class));
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      changed.add(folderOf(file));
    }
    for (Path folder : changed) {
      force(folder);
    }
    return Optional.of(version);
  }

  private static boolean holds(PutCondition condition, Optional<BasicFileAttributes> before) {
    return switch (condition) {
      case PutCondition.Always _ -> true;
      case PutCondition.IfAbsent _ -> before.isEmpty();
      case PutCondition.IfVersion(String version) ->
          before.map(FileSystemStore::versionOf).filter(version::equals).isPresent();
    };
  }

  /// Makes a folder and those around it; adds the folders whose entries changed.
  private static void createFolders(Path folder, Deque<Path> changed) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    createFolders(folderOf(folder), changed);
    Files.createDirectory(folder);
    changed.add(folderOf(folder));
  }

  /// Makes the names in a folder durable, if it is still there.
  private static void force(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (NoSuchFileException _) {
      // The object was deleted again already, and its folder with it.
    }
  }

  @Override
  public ObjectRange read(String name, long offset, int maxBytes) {
    Path file = pathOf(name);
    try {
      for (int i = 0; i < MAX_READ_TRIES; i++) {
        ObjectRange range = tryRead(file, offset, maxBytes);
        if (range != null) {
          return range;
        }
      }
    } catch (NoSuchFileException | NotDirectoryException _) {
      throw StoreException.notFound(name);
    } catch (IOException e) {
      if (isNoObject(e, file)) {
        throw StoreException.notFound(name);
      }
      throw failed("read " + name, e);
    }
    throw new StoreException(
        StoreException.Kind.CHANGED, "object \"" + name + "\" is replaced all the time");
  }

  /// @return null if the name went to another file while this one was read: version and bytes might
  ///   not belong together
  private static @Nullable ObjectRange tryRead(Path file, long offset, int maxBytes)
      throws IOException {
    String version = versionOf(Files.readAttributes(file, BasicFileAttributes.class));
    byte[] bytes;
    long objectBytes;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      objectBytes = channel.size();
      bytes = new byte[Math.clamp(objectBytes - offset, 0, maxBytes)];
      ByteBuffer target = ByteBuffer.wrap(bytes);
      while (target.hasRemaining()) {
        if (channel.read(target, offset + target.position()) < 0) {
          throw new IOException(file + " became shorter while it was read");
        }
      }
    }
    String versionAfter = versionOf(Files.readAttributes(file, BasicFileAttributes.class));
    return version.equals(versionAfter) ? new ObjectRange(bytes, objectBytes, version) : null;
  }

  @Override
  public ObjectPage list(ListRequest request) {
    return FolderWalk.page(request, this::children);
  }

  private Iterator<FolderWalk.Child> children(String folder, String from) {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(root.resolve(folder))) {
      for (Path entry : entries) {
        String name = folder + entry.getFileName();
        if ((name + "/").compareTo(from) >= 0 && !name.equals(PUT_FOLDER)) {
          names.add(name);
        }
      }
    } catch (NoSuchFileException | NotDirectoryException _) {
      // The folder went with its last object.
    } catch (DirectoryIteratorException e) {
      throw failed("list " + folder, new IOException(e));
    } catch (IOException e) {
      throw failed("list " + folder, e);
    }
    return new Children(names);
  }

  /// What lies in a folder, in the order of names: `b/` comes behind `b!`, and whether `b` is a
  /// folder is not looked at before its turn.
  private final class Children extends FolderWalk.Children {
    private final PriorityQueue<String> names;

    Children(List<String> names) {
      this.names = new PriorityQueue<>(names);
    }

    @Override
    protected FolderWalk.@Nullable Child find() {
      FolderWalk.Child found = null;
      while (found == null && !names.isEmpty()) {
        found = child(names.remove());
      }
      return found;
    }

    /// @return null if it comes later as a folder, is deleted already, or neither file nor folder
    private FolderWalk.@Nullable Child child(String name) {
      try {
        if (name.endsWith("/")) {
          return hasObject(root.resolve(name)) ? FolderWalk.Child.folder(name) : null;
        }
        BasicFileAttributes attributes =
            Files.readAttributes(root.resolve(name), BasicFileAttributes.class);
        if (attributes.isDirectory()) {
          names.add(name + "/");
        }
        return attributes.isRegularFile()
            ? new FolderWalk.Child(name, () -> attributesOf(name, attributes))
            : null;
      } catch (NoSuchFileException _) {
        return null;
      } catch (IOException e) {
        throw failed("list " + name, e);
      }
    }
  }

  /// Whether an object is anywhere below a folder, as far as may be seen. A process that was killed
  /// may have left empty ones.
  private static boolean hasObject(Path folder) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        if (Files.isRegularFile(entry) || (Files.isDirectory(entry) && hasObject(entry))) {
          return true;
        }
      }
    } catch (NoSuchFileException _) {
      // It went with its last object.
    } catch (AccessDeniedException _) {
      return true; // Somebody else's.
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return false;
  }

  @Override
  public void delete(String name) {
    Path file = pathOf(name);
    try {
      Path folder = folderOf(file);
      try (NameLock.Held _ = lock().acquire()) {
        if (fileAttributes(file).isEmpty()) {
          return;
        }
        Files.delete(file);
        while (!folder.equals(root) && deleteIfEmpty(folder)) {
          folder = folderOf(folder);
        }
      }
      force(folder);
    } catch (IOException e) {
      throw failed("delete " + name, e);
    }
  }

  /// The folder that a path below the root lies in.
  private static Path folderOf(Path path) {
    return Objects.requireNonNull(path.getParent(), "below the root");
  }

  private static boolean deleteIfEmpty(Path folder) throws IOException {
    try {
      Files.delete(folder);
      return true;
    } catch (DirectoryNotEmptyException _) {
      return false;
    }
  }

  @Override
  public Optional<ObjectAttributes> attributes(String name) {
    try {
      return fileAttributes(pathOf(name)).map(attributes -> attributesOf(name, attributes));
    } catch (IOException e) {
      throw failed("attributes of " + name, e);
    }
  }

  @Override
  public synchronized void close() {
    NameLock present = lock;
    if (present != null) {
      present.close();
    }
  }

  private static ObjectAttributes attributesOf(String name, BasicFileAttributes attributes) {
    return new ObjectAttributes(
        name, attributes.size(), attributes.lastModifiedTime().toMillis(), versionOf(attributes));
  }

  /// A file that has the name of an object; empty if there is none.
  private static Optional<BasicFileAttributes> fileAttributes(Path file) throws IOException {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return attributes.isRegularFile() ? Optional.of(attributes) : Optional.empty();
    } catch (NoSuchFileException | NotDirectoryException _) {
      return Optional.empty();
    } catch (IOException e) {
      if (isNoObject(e, file)) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static String versionOf(BasicFileAttributes attributes) {
    Instant modified = attributes.lastModifiedTime().toInstant();
    return "%x.%09d-%x-%s"
        .formatted(
            modified.getEpochSecond(),
            modified.getNano(),
            attributes.size(),
            attributes.fileKey() == null ? "" : attributes.fileKey().hashCode());
  }

  private Path pathOf(String name) {
    return root.resolve(ObjectName.require(name));
  }

  /// A part of the name is a file, or the name is a folder's: the JDK has no exceptions of their
  /// own for these on all systems.
  private static boolean isNoObject(IOException e, Path file) {
    return Files.isDirectory(file)
        || (e.getMessage() != null && e.getMessage().endsWith("Not a directory"));
  }

  private static StoreException failed(String what, IOException e) {
    if (e instanceof ClosedByInterruptException) {
      return StoreException.canceled(what, e);
    }
    if (e instanceof FileAlreadyExistsException
        || e instanceof DirectoryNotEmptyException
        || (e.getMessage() != null && e.getMessage().endsWith("Is a directory"))) {
      return new StoreException(
          StoreException.Kind.INVALID, what + ": an object's name is a folder of another: " + e, e);
    }
    boolean isDenied = e instanceof AccessDeniedException;
    return new StoreException(
        isDenied ? StoreException.Kind.DENIED : StoreException.Kind.UNAVAILABLE,
        what + ": " + e,
        e);
  }

  /// What a process that was killed in the midst of a put left behind.
  private void removeAbandonedPuts() throws IOException {
    Instant before = Instant.now().minus(ABANDONED_AFTER);
    try (Stream<Path> files = Files.list(puts)) {
      for (Path file : files.filter(file -> !file.endsWith("lock")).toList()) {
        if (isOlder(file, before)) {
          deleteQuietly(file);
        }
      }
    }
  }

  private static boolean isOlder(Path file, Instant time) throws IOException {
    try {
      return Files.getLastModifiedTime(file).toInstant().isBefore(time);
    } catch (NoSuchFileException _) {
      return false; // A put of another process has ended.
    }
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException _) {
      // It has no name that anybody sees, and goes at a later start.
    }
  }
}
