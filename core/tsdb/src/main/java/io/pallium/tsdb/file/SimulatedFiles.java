package io.pallium.tsdb.file;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// For tests: files in memory that model a page cache over a disk, and a machine that can crash.
///
/// What was not forced is lost, kept or torn at a crash, by a seed: of a file's content, each
/// sector of 512 bytes that was not forced has its old or new content or garbage, and the length is
/// anything between the old and the new one; of the names in a directory, each change that was not
/// forced happened or not, in any order, and a rename happened whole or not at all. What was forced
/// is there.
///
/// Also fails on request: the disk full, an error on force (after which the cache holds what the
/// disk never gets, and a second force succeeds all the same), errors when files are opened or
/// read, short writes, and a crash in the middle of the n-th change. Thread-safe.
public final class SimulatedFiles implements DurableFiles {
  private static final int SECTOR_BYTES = 512;

  private final Random random;
  private final Directory root;
  private final Set<Path> locked = new HashSet<>();
  private boolean hasCrashed;
  private boolean writesShort;
  private boolean failsForce;
  private Predicate<Path> failsCreation = _ -> false;
  private Predicate<Path> failsOpen = _ -> false;
  private Predicate<Path> failsRead = _ -> false;
  private long freeBytes = Long.MAX_VALUE;
  private long changesUntilCrash = Long.MAX_VALUE;
  private long changes;

  /// An empty disk.
  public SimulatedFiles(long seed) {
    this(seed, new Directory());
  }

  private SimulatedFiles(long seed, Directory root) {
    this.random = new Random(seed);
    this.root = root;
  }

  /// Makes every write write a part only, so that callers have to go on.
  public synchronized SimulatedFiles withShortWrites() {
    writesShort = true;
    return this;
  }

  /// Sets the room that is left; writes beyond it fail.
  public synchronized void setFreeBytes(long bytes) {
    freeBytes = bytes;
  }

  /// Makes every force fail from now on, or not any more.
  public synchronized void setForceFails(boolean fails) {
    failsForce = fails;
  }

  /// Chooses files that cannot be created from now on.
  public synchronized void setCreationFails(Predicate<Path> files) {
    failsCreation = files;
  }

  /// Chooses files that cannot be opened for reading or mapped from now on.
  public synchronized void setOpenFails(Predicate<Path> files) {
    failsOpen = files;
  }

  /// Chooses files that can be opened from now on and then fail in the middle of being read.
  public synchronized void setReadFails(Predicate<Path> files) {
    failsRead = files;
  }

  /// Crashes the machine in the middle of a later change (write, force, creation, rename, deletion,
  /// cut): 1 is the next one.
  public synchronized void crashAtChange(long countdown) {
    changesUntilCrash = countdown;
  }

  /// The number of changes so far.
  public synchronized long changes() {
    return changes;
  }

  /// Stops the machine now: everything fails until [#restart].
  public synchronized void crash() {
    hasCrashed = true;
  }

  /// The machine after a crash (which it does now, if it has not): what the disk has kept, for the
  /// seed of this one. Handles of before fail.
  public synchronized SimulatedFiles restart() {
    hasCrashed = true;
    return new SimulatedFiles(random.nextLong(), root.afterCrash(random, new IdentityHashMap<>()));
  }

  /// The same machine after the end of the process, by [#crash] or in the middle of a change: the
  /// page cache has everything that was written. Handles of before fail.
  public synchronized SimulatedFiles restartProcess() {
    hasCrashed = true;
    return new SimulatedFiles(random.nextLong(), root);
  }

  /// Another machine with the same files, all of them forced; this one goes on.
  public synchronized SimulatedFiles copy() {
    return new SimulatedFiles(random.nextLong(), root.copy());
  }

  /// Changes one byte on the disk, as a bad disk would.
  public synchronized void corrupt(Path path, long offset, int xor) throws IOException {
    file(path).corrupt((int) offset, xor);
  }

  /// The whole content of a file.
  public synchronized byte[] content(Path path) throws IOException {
    FileNode node = file(path);
    return Arrays.copyOf(node.bytes, node.length);
  }

  @Override
  public synchronized AppendFile create(Path path) throws IOException {
    change();
    if (failsCreation.test(path)) {
      throw new AccessDeniedException(path.toString());
    }
    Directory parent = parent(path);
    String name = name(path);
    if (parent.entries.containsKey(name)) {
      throw new FileAlreadyExistsException(path.toString());
    }
    FileNode node = new FileNode();
    parent.put(name, node, new Object());
    endChange();
    return new SimulatedAppendFile(node);
  }

  @Override
  public synchronized ReadFile openRead(Path path) throws IOException {
    alive();
    FileNode node = file(path);
    refuseToOpen(path);
    return new SimulatedReadFile(path, node, node.length);
  }

  @Override
  public synchronized MemorySegment map(Path path, Arena arena) throws IOException {
    alive();
    FileNode node = file(path);
    refuseToOpen(path);
    MemorySegment segment = arena.allocate(Math.max(1, node.length), 8);
    MemorySegment.copy(node.bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, node.length);
    return segment.asSlice(0, node.length).asReadOnly();
  }

  @Override
  public synchronized void truncate(Path path, long lengthBytes) throws IOException {
    change();
    FileNode node = file(path);
    node.truncate((int) lengthBytes);
    endChange();
    node.force();
  }

  @Override
  public synchronized void rename(Path from, Path to) throws IOException {
    change();
    Directory source = parent(from);
    Node node = source.entries.get(name(from));
    if (node == null) {
      throw new NoSuchFileException(from.toString());
    }
    Object together = new Object();
    parent(to).put(name(to), node, together);
    source.put(name(from), null, together);
    endChange();
  }

  @Override
  public synchronized void delete(Path path) throws IOException {
    Directory parent = parent(path);
    Node node = parent.entries.get(name(path));
    if (node instanceof Directory directory) {
      for (String child : List.copyOf(directory.entries.keySet())) {
        delete(path.resolve(child));
      }
    }
    change();
    if (node != null) {
      parent.put(name(path), null, new Object());
    }
    endChange();
  }

  @Override
  public synchronized List<String> list(Path directory) throws IOException {
    alive();
    return node(directory) instanceof Directory found
        ? List.copyOf(found.entries.keySet())
        : List.of();
  }

  @Override
  public synchronized void createDirectories(Path directory) throws IOException {
    change();
    Directory at = root;
    for (Path part : directory.normalize()) {
      Node next = at.entries.get(part.toString());
      if (next == null) {
        next = new Directory();
        at.put(part.toString(), next, new Object());
        at.force();
      }
      if (!(next instanceof Directory child)) {
        throw new FileAlreadyExistsException(directory.toString());
      }
      at = child;
    }
    endChange();
  }

  @Override
  public synchronized void forceDirectory(Path directory) throws IOException {
    change();
    if (failsForce) {
      throw new IOException("simulated error on force of " + directory);
    }
    endChange();
    directory(directory).force();
  }

  @Override
  public synchronized boolean exists(Path path) throws IOException {
    alive();
    return node(path) != null;
  }

  /// The lock is a name in no directory: it ends with the process.
  @Override
  public synchronized Closeable lock(Path file) throws IOException {
    alive();
    Path path = file.normalize();
    if (!locked.add(path)) {
      throw new FileLockedException(file);
    }
    return () -> unlock(path);
  }

  private synchronized void unlock(Path path) {
    locked.remove(path);
  }

  @Override
  public synchronized boolean isDirectory(Path path) throws IOException {
    alive();
    return node(path) instanceof Directory;
  }

  @Override
  public synchronized long freeBytes(Path directory) throws IOException {
    alive();
    return freeBytes;
  }

  private void refuseToOpen(Path path) throws IOException {
    if (failsOpen.test(path)) {
      throw new AccessDeniedException(path.toString());
    }
  }

  private void alive() throws IOException {
    if (hasCrashed) {
      throw new IOException("simulated machine has crashed");
    }
  }

  private void change() throws IOException {
    alive();
    changes++;
    changesUntilCrash--;
  }

  /// Ends a change of the cache, of which the crash leaves something or nothing on the disk.
  private void endChange() throws IOException {
    if (changesUntilCrash <= 0) {
      hasCrashed = true;
      alive();
    }
  }

  private @Nullable Node node(Path path) {
    Node at = root;
    for (Path part : path.normalize()) {
      at = at instanceof Directory directory ? directory.entries.get(part.toString()) : null;
      if (at == null) {
        return null;
      }
    }
    return at;
  }

  private Directory directory(@Nullable Path path) throws IOException {
    Node node = path == null ? root : node(path);
    if (node instanceof Directory directory) {
      return directory;
    }
    throw new NoSuchFileException(String.valueOf(path));
  }

  private Directory parent(Path path) throws IOException {
    return directory(path.normalize().getParent());
  }

  private FileNode file(Path path) throws IOException {
    if (node(path) instanceof FileNode file) {
      return file;
    }
    throw new NoSuchFileException(path.toString());
  }

  private static String name(Path path) {
    return path.normalize().getFileName().toString();
  }

  private abstract static sealed class Node permits Directory, FileNode {
    /// @param happened what was decided about each unforced change of names
    abstract Node afterCrash(Random random, Map<Object, Boolean> happened);

    abstract Node copy();
  }

  /// A change of a name that was not forced; changes with the same `together` are one.
  private record NameChange(String name, @Nullable Node node, Object together) {}

  private static final class Directory extends Node {
    final Map<String, Node> entries = new TreeMap<>();
    private Map<String, Node> durable = new TreeMap<>();
    private final List<NameChange> pending = new ArrayList<>();

    void put(String name, @Nullable Node node, Object together) {
      apply(entries, name, node);
      pending.add(new NameChange(name, node, together));
    }

    void force() {
      durable = new TreeMap<>(entries);
      pending.clear();
    }

    @Override
    Directory afterCrash(Random random, Map<Object, Boolean> happened) {
      Map<String, Node> kept = new TreeMap<>(durable);
      int mode = random.nextInt(3);
      for (NameChange change : pending) {
        boolean happens =
            happened.computeIfAbsent(
                change.together(), _ -> mode == 0 || (mode == 1 && random.nextBoolean()));
        if (happens) {
          apply(kept, change.name(), change.node());
        }
      }
      Directory after = new Directory();
      kept.forEach((name, node) -> after.entries.put(name, node.afterCrash(random, happened)));
      after.force();
      return after;
    }

    @Override
    Directory copy() {
      Directory copy = new Directory();
      entries.forEach((name, node) -> copy.entries.put(name, node.copy()));
      copy.force();
      return copy;
    }

    private static void apply(Map<String, Node> map, String name, @Nullable Node node) {
      if (node == null) {
        map.remove(name);
      } else {
        map.put(name, node);
      }
    }
  }

  private static final class FileNode extends Node {
    byte[] bytes = new byte[4096];
    int length;
    private byte[] forced = new byte[0];

    void append(byte[] source, int offset, int lengthBytes) {
      if (bytes.length - length < lengthBytes) {
        bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + lengthBytes));
      }
      System.arraycopy(source, offset, bytes, length, lengthBytes);
      length += lengthBytes;
    }

    void truncate(int newLength) {
      Arrays.fill(bytes, Math.min(newLength, length), length, (byte) 0);
      length = Math.min(newLength, length);
    }

    void force() {
      // The content before the forced length never changes, so only what is new is copied.
      if (forced.length > length) {
        forced = Arrays.copyOf(bytes, length);
        return;
      }
      int old = forced.length;
      forced = Arrays.copyOf(forced, length);
      System.arraycopy(bytes, old, forced, old, length - old);
    }

    /// As a kernel does after an error: the pages count as written and are not.
    void forceBadly() {
      forced = Arrays.copyOf(forced, Math.max(forced.length, length));
    }

    void corrupt(int offset, int xor) {
      bytes[offset] ^= (byte) xor;
      if (offset < forced.length) {
        forced[offset] ^= (byte) xor;
      }
    }

    @Override
    FileNode afterCrash(Random random, Map<Object, Boolean> happened) {
      int least = Math.min(forced.length, length);
      int most = Math.max(forced.length, length);
      int mode = random.nextInt(3);
      int kept =
          switch (mode) {
            case 0 -> most;
            case 1 -> forced.length;
            default -> least + random.nextInt(most - least + 1);
          };
      FileNode after = new FileNode();
      after.bytes = Arrays.copyOf(forced, Math.max(kept, 1));
      after.length = kept;
      int unforced = forced.length <= length ? forced.length : kept;
      for (int start = unforced; start < kept; ) {
        int end = Math.min(kept, (start / SECTOR_BYTES + 1) * SECTOR_BYTES);
        afterCrash(random, mode, after.bytes, start, end);
        start = end;
      }
      after.force();
      return after;
    }

    @Override
    FileNode copy() {
      FileNode copy = new FileNode();
      copy.append(bytes, 0, length);
      copy.force();
      return copy;
    }

    private void afterCrash(Random random, int mode, byte[] target, int start, int end) {
      switch (mode == 0 ? 0 : random.nextInt(4)) {
        case 0, 1 -> System.arraycopy(bytes, start, target, start, end - start);
        case 2 -> Arrays.fill(target, start, end, (byte) 0);
        default -> {
          for (int i = start; i < end; i++) {
            target[i] = (byte) random.nextInt();
          }
        }
      }
    }
  }

  private final class SimulatedAppendFile implements AppendFile {
    private final FileNode node;

    SimulatedAppendFile(FileNode node) {
      this.node = node;
    }

    @Override
    public int write(byte[] source, int offset, int lengthBytes) throws IOException {
      synchronized (SimulatedFiles.this) {
        change();
        if (lengthBytes > freeBytes) {
          node.append(source, offset, (int) freeBytes);
          freeBytes = 0;
          throw new IOException("simulated disk is full");
        }
        int written =
            writesShort && lengthBytes > 1 ? 1 + random.nextInt(lengthBytes) : lengthBytes;
        node.append(source, offset, written);
        if (freeBytes != Long.MAX_VALUE) {
          freeBytes -= written;
        }
        endChange();
        return written;
      }
    }

    @Override
    public void force() throws IOException {
      synchronized (SimulatedFiles.this) {
        change();
        if (failsForce) {
          node.forceBadly();
          throw new IOException("simulated error on force");
        }
        endChange();
        node.force();
      }
    }

    @Override
    public long lengthBytes() {
      synchronized (SimulatedFiles.this) {
        return node.length;
      }
    }

    @Override
    public void close() {}
  }

  private final class SimulatedReadFile implements ReadFile {
    private final Path path;
    private final FileNode node;
    private final long lengthBytes;

    SimulatedReadFile(Path path, FileNode node, long lengthBytes) {
      this.path = path;
      this.node = node;
      this.lengthBytes = lengthBytes;
    }

    @Override
    public int read(long position, byte[] target, int offset, int lengthBytes) throws IOException {
      synchronized (SimulatedFiles.this) {
        alive();
        if (failsRead.test(path) && position + lengthBytes > node.length / 2) {
          throw new IOException("simulated error on read");
        }
        int read = (int) Math.min(lengthBytes, node.length - position);
        if (read > 0) {
          System.arraycopy(node.bytes, (int) position, target, offset, read);
        }
        return read;
      }
    }

    @Override
    public long lengthBytes() {
      return lengthBytes;
    }

    @Override
    public void close() {}
  }
}
