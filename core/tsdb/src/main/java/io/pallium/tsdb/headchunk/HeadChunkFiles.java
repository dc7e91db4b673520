package io.pallium.tsdb.headchunk;

import static io.pallium.tsdb.headchunk.HeadChunkLayout.CHUNK_HEADER;
import static io.pallium.tsdb.headchunk.HeadChunkLayout.INT_LE;
import static io.pallium.tsdb.headchunk.HeadChunkLayout.LONG_LE;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.pallium.base.CorruptDataException;
import io.pallium.base.UnavailableException;
import io.pallium.tsdb.file.AppendFile;
import io.pallium.tsdb.file.DurableFiles;
import io.pallium.tsdb.file.ReadFile;
import io.pallium.tsdb.headchunk.HeadChunkReport.Damage;
import io.pallium.tsdb.headchunk.HeadChunkReport.DamageKind;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Closed chunks of the head in numbered files, which all tenants share. One thread at a time
/// writes, a batch after another; anyone reads what has been written. A position names a chunk: the
/// number of its file in the upper 32 bits, its offset in the lower.
///
/// The log is what makes samples durable: chunks are not forced when they are written. A start
/// takes those whose checksums fit, forces them, and rebuilds the others from the log.
///
/// A file goes when the head holds none of its chunks any more and nothing is written to it.
/// Source: docs/formats/head-chunks.md.
public final class HeadChunkFiles implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HeadChunkFiles.class);
  private static final int MAX_LISTED_DAMAGE = 100;

  private final DurableFiles files;
  private final Path directory;
  private final long maxFileBytes;
  private final HeadChunkMetrics metrics;
  private final int salt = new SecureRandom().nextInt();

  // Held while files are made and removed, and while one is written.
  private final ReentrantLock lock = new ReentrantLock();

  // By number less that of the first one; null where a file has gone.
  private volatile Table table = new Table(0, new HeadChunkFile[0]);

  @GuardedBy("lock")
  private @Nullable AppendFile output;

  @GuardedBy("lock")
  private @Nullable HeadChunkFile current;

  @GuardedBy("lock")
  private boolean isWriting;

  // Confined to who writes.
  private final CRC32C crc = new CRC32C();
  private byte[] buffer = new byte[1 << 16];
  private int bufferedBytes;
  private int bufferedChunks;
  private @Nullable HeadChunkFile batchFile;
  private long bufferStart;

  private record Table(int first, @Nullable HeadChunkFile[] files) {
    @Nullable HeadChunkFile get(int number) {
      int index = number - first;
      return index >= 0 && index < files.length ? files[index] : null;
    }
  }

  /// Prepares the files of a directory; nothing is read before [#recover].
  ///
  /// @param maxFileBytes the size from which on a new file is begun
  public HeadChunkFiles(
      DurableFiles files, Path directory, long maxFileBytes, HeadChunkMetrics metrics) {
    this.files = files;
    this.directory = directory;
    this.maxFileBytes = maxFileBytes;
    this.metrics = metrics;
  }

  /// Reads all files, once, before anything else; cuts torn tails and makes what is left durable.
  /// Damaged content is reported, never thrown.
  ///
  /// @throws UnavailableException if a file cannot be read
  public HeadChunkReport recover(HeadChunkVisitor visitor) {
    lock.lock();
    try {
      files.createDirectories(directory);
      List<Integer> numbers = numbers();
      Map<DamageKind, Long> counts = new EnumMap<>(DamageKind.class);
      List<Damage> damage = new ArrayList<>();
      long chunks = 0;
      long bytes = 0;
      for (int number : numbers) {
        add(new HeadChunkFile(files, path(number), number, metrics));
      }
      for (int number : numbers) {
        HeadChunkFile file = file(number);
        List<Damage> found = new ArrayList<>();
        chunks += recover(file, visitor, found);
        bytes += file.lengthBytes();
        for (Damage each : found) {
          counts.merge(each.kind(), 1L, Long::sum);
          metrics.damage.labelValues(HeadChunkMetrics.label(each.kind())).inc();
          if (damage.size() < MAX_LISTED_DAMAGE) {
            damage.add(each);
            log.warn(
                "head chunk damage kind={} file={} offset={} bytes={}",
                each.kind(),
                each.file(),
                each.offset(),
                each.bytes());
          }
        }
      }
      files.forceDirectory(directory);
      setGauges();
      return new HeadChunkReport(numbers.size(), chunks, bytes, counts, damage);
    } catch (IOException e) {
      throw new UnavailableException("head chunks cannot be read in " + directory, e);
    } finally {
      lock.unlock();
    }
  }

  /// Begins a batch. One batch at a time; it ends with [#end].
  ///
  /// @throws IOException if no file can be made; no batch has begun
  public void begin() throws IOException {
    lock.lock();
    try {
      AppendFile open = output;
      if (open != null && open.lengthBytes() >= maxFileBytes) {
        output = null;
        open.close();
      }
      if (output == null) {
        openNext();
      }
      bufferedBytes = 0;
      bufferedChunks = 0;
      batchFile = current;
      bufferStart = current == null ? 0 : current.lengthBytes();
      isWriting = true;
    } finally {
      lock.unlock();
    }
  }

  /// Adds a chunk to the batch; never waits for the disk.
  ///
  /// @param ref of its series in the log
  /// @param isOutOfOrder whether its samples came out of order
  /// @param previous position of the chunk before it of its series, or 0
  /// @return its position, at which it can be read when the batch is written
  public long add(
      long ref,
      int encoding,
      boolean isOutOfOrder,
      long minTimeMs,
      long maxTimeMs,
      long previous,
      byte[] source,
      int offset,
      int lengthBytes) {
    HeadChunkFile file = batchFile;
    if (file == null) {
      throw new IllegalStateException("no batch has begun");
    }
    int start = bufferedBytes;
    int size = CHUNK_HEADER + lengthBytes;
    if (buffer.length - start < size) {
      buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, start + size));
    }
    byte[] target = buffer;
    long fileOffset = bufferStart + start;
    INT_LE.set(target, start + HeadChunkLayout.CHUNK_LENGTH, lengthBytes);
    // Encoding, flags and two bytes that are 0.
    INT_LE.set(
        target,
        start + HeadChunkLayout.CHUNK_ENCODING,
        encoding | (isOutOfOrder ? HeadChunkLayout.OUT_OF_ORDER << 8 : 0));
    LONG_LE.set(target, start + HeadChunkLayout.CHUNK_REF, ref);
    LONG_LE.set(target, start + HeadChunkLayout.CHUNK_MIN_TIME, minTimeMs);
    LONG_LE.set(target, start + HeadChunkLayout.CHUNK_MAX_TIME, maxTimeMs);
    LONG_LE.set(target, start + HeadChunkLayout.CHUNK_PREVIOUS, previous);
    INT_LE.set(
        target,
        start + HeadChunkLayout.CHUNK_DATA_CRC,
        HeadChunkLayout.crc(crc, source, offset, lengthBytes));
    int check =
        HeadChunkLayout.crc(crc, target, start, HeadChunkLayout.CHUNK_CHECK)
            ^ HeadChunkLayout.mask(salt, fileOffset);
    INT_LE.set(target, start + HeadChunkLayout.CHUNK_CHECK, check);
    System.arraycopy(source, offset, target, start + CHUNK_HEADER, lengthBytes);
    bufferedBytes += size;
    bufferedChunks++;
    return HeadChunkLayout.position(file.number, fileOffset);
  }

  /// The bytes of the batch so far.
  public int bufferedBytes() {
    return bufferedBytes;
  }

  /// Writes the batch.
  ///
  /// @throws IOException if not all of it was written: its positions are void
  public void write() throws IOException {
    lock.lock();
    try {
      AppendFile target = output;
      HeadChunkFile file = current;
      if (target == null || file == null) {
        throw new IllegalStateException("no batch has begun");
      }
      boolean isDone = false;
      try {
        target.writeFully(buffer, 0, bufferedBytes);
        isDone = true;
      } finally {
        if (!isDone) {
          // What is in it now is not known: the next batch goes into another file.
          output = null;
          target.close();
        }
      }
      file.setLengthBytes(bufferStart + bufferedBytes);
      metrics.written.inc(bufferedChunks);
      setGauges();
    } finally {
      lock.unlock();
    }
  }

  /// Ends a batch, when those of its chunks that are wanted have been kept.
  public void end() {
    lock.lock();
    try {
      isWriting = false;
    } finally {
      lock.unlock();
    }
  }

  /// Counts a chunk as held by the head.
  public void keep(long position) {
    file(HeadChunkLayout.fileNumber(position)).live.incrementAndGet();
  }

  /// Counts a chunk as not held any more: nobody reads it.
  public void release(long position) {
    file(HeadChunkLayout.fileNumber(position)).live.decrementAndGet();
  }

  /// Deletes the files of which the head holds no chunk.
  ///
  /// @throws IOException if one could not be deleted; it is tried again the next time
  public void removeUnused() throws IOException {
    lock.lock();
    try {
      boolean isAnyRemoved = false;
      for (HeadChunkFile file : table.files()) {
        if (file == null || file.live.get() > 0 || (file == current && isWriting)) {
          continue;
        }
        if (file == current) {
          if (file.lengthBytes() <= HeadChunkLayout.FILE_HEADER) {
            continue;
          }
          closeOutput();
        }
        files.delete(file.path);
        remove(file);
        isAnyRemoved = true;
      }
      if (isAnyRemoved) {
        setGauges();
      }
    } finally {
      lock.unlock();
    }
  }

  /// A reader with a buffer of its own.
  public Reader reader() {
    return new Reader();
  }

  /// Ends all mappings; nobody reads or writes any more.
  @Override
  public void close() {
    lock.lock();
    try {
      closeOutput();
      for (HeadChunkFile file : table.files()) {
        if (file != null) {
          file.unmap();
        }
      }
      table = new Table(0, new HeadChunkFile[0]);
    } catch (IOException e) {
      log.warn("directory={}: the last file of head chunks was not closed", directory, e);
    } finally {
      lock.unlock();
    }
  }

  /// Copies chunks out of the files. Confined to one thread.
  public final class Reader {
    private final CRC32C readerCrc = new CRC32C();
    private byte[] bytes = new byte[512];

    private Reader() {}

    /// Copies a chunk's data to the beginning of the returned array, which the next call changes.
    ///
    /// @throws CorruptDataException if it is not what was written; the file goes into quarantine if
    ///   it cannot be read at all
    public byte[] read(long position, int lengthBytes) {
      HeadChunkFile file = file(HeadChunkLayout.fileNumber(position));
      long offset = HeadChunkLayout.offset(position);
      if (bytes.length < lengthBytes) {
        bytes = new byte[Math.max(lengthBytes, bytes.length * 2)];
      }
      int stored;
      try {
        MemorySegment mapped = file.upTo(offset + CHUNK_HEADER + lengthBytes);
        stored = mapped.get(HeadChunkLayout.MAPPED_INT_LE, offset + HeadChunkLayout.CHUNK_DATA_CRC);
        MemorySegment.copy(
            mapped, ValueLayout.JAVA_BYTE, offset + CHUNK_HEADER, bytes, 0, lengthBytes);
      } catch (InternalError e) {
        // So the virtual machine says that a mapped page has gone.
        throw file.quarantine("a page of it is gone", e);
      }
      if (HeadChunkLayout.crc(readerCrc, bytes, 0, lengthBytes) != stored) {
        throw new CorruptDataException(
            file.path + ": head chunk at offset " + offset + " does not match its checksum");
      }
      return bytes;
    }
  }

  private HeadChunkFile file(int number) {
    HeadChunkFile file = table.get(number);
    if (file == null) {
      throw new AssertionError("BUG: no file of head chunks has the number " + number);
    }
    return file;
  }

  private Path path(long number) {
    return directory.resolve(HeadChunkLayout.fileName(number));
  }

  private List<Integer> numbers() throws IOException {
    List<Integer> numbers = new ArrayList<>();
    for (String name : files.list(directory)) {
      long number = HeadChunkLayout.fileNumber(name);
      if (number > 0 && number <= HeadChunkLayout.MAX_FILE_NUMBER) {
        numbers.add((int) number);
      } else {
        log.warn("path={} is not a file of head chunks, left alone", directory.resolve(name));
      }
    }
    return numbers;
  }

  /// @return the number of valid chunks
  private long recover(HeadChunkFile file, HeadChunkVisitor visitor, List<Damage> damage)
      throws IOException {
    String name = HeadChunkLayout.fileName(file.number);
    long chunks = 0;
    long goodEnd;
    try (ReadFile input = files.openRead(file.path)) {
      HeadChunkScanner scanner = new HeadChunkScanner(input, name, file.number);
      if (!scanner.readHeader()) {
        boolean isTorn = input.lengthBytes() <= HeadChunkLayout.FILE_HEADER;
        damage.add(
            new Damage(
                isTorn ? DamageKind.TORN_TAIL : DamageKind.BAD_FILE, name, 0, input.lengthBytes()));
        return 0;
      }
      while (scanner.next()) {
        long previous = scanner.previous();
        visitor.chunk(
            scanner.ref(),
            scanner.encoding(),
            scanner.isOutOfOrder(),
            HeadChunkLayout.position(file.number, scanner.chunkOffset()),
            scanner.lengthBytes(),
            scanner.minTimeMs(),
            scanner.maxTimeMs(),
            previous,
            table.get(HeadChunkLayout.fileNumber(previous)) != null);
        chunks++;
      }
      damage.addAll(scanner.damage());
      goodEnd = scanner.goodEnd();
    }
    // Also if nothing is cut off: what is taken out of the page cache now counts as stored.
    files.truncate(file.path, goodEnd);
    file.setLengthBytes(goodEnd);
    return chunks;
  }

  @GuardedBy("lock")
  private void openNext() throws IOException {
    Table present = table;
    int number = present.first() + present.files().length;
    if (number == 0) {
      number = 1;
    }
    if (number > HeadChunkLayout.MAX_FILE_NUMBER) {
      throw new IOException("no number is left for a file of head chunks in " + directory);
    }
    Path path = path(number);
    // A file of this number that could be deleted but whose name came back holds nothing wanted.
    files.delete(path);
    AppendFile created = files.create(path);
    HeadChunkFile file = new HeadChunkFile(files, path, number, metrics);
    add(file);
    current = file;
    byte[] header = HeadChunkLayout.fileHeader(number, salt);
    boolean isDone = false;
    try {
      created.writeFully(header, 0, header.length);
      isDone = true;
    } finally {
      if (!isDone) {
        created.close();
      }
    }
    output = created;
    file.setLengthBytes(header.length);
  }

  @GuardedBy("lock")
  private void closeOutput() throws IOException {
    AppendFile open = output;
    output = null;
    current = null;
    if (open != null) {
      open.close();
    }
  }

  @GuardedBy("lock")
  private void add(HeadChunkFile file) {
    Table present = table;
    int first = present.files().length == 0 ? file.number : present.first();
    @Nullable HeadChunkFile[] grown = Arrays.copyOf(present.files(), file.number - first + 1);
    grown[file.number - first] = file;
    table = new Table(first, grown);
  }

  /// Forgets a file; the numbers of the last files stay taken.
  @GuardedBy("lock")
  private void remove(HeadChunkFile file) {
    Table present = table;
    @Nullable HeadChunkFile[] left = present.files().clone();
    left[file.number - present.first()] = null;
    int gone = 0;
    while (gone < left.length - 1 && left[gone] == null) {
      gone++;
    }
    table = new Table(present.first() + gone, Arrays.copyOfRange(left, gone, left.length));
    file.unmap();
  }

  @GuardedBy("lock")
  private void setGauges() {
    int count = 0;
    long bytes = 0;
    for (HeadChunkFile file : table.files()) {
      if (file != null) {
        count++;
        bytes += file.lengthBytes();
      }
    }
    metrics.files.set(count);
    metrics.bytes.set(bytes);
  }
}
