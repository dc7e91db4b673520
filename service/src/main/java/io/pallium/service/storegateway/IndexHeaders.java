package io.pallium.service.storegateway;

import io.pallium.base.UnavailableException;
import io.pallium.model.TenantId;
import io.pallium.tsdb.block.ByteSource;
import io.pallium.tsdb.block.IndexToc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What every query needs of the indexes of blocks in the store (symbols, and which lists of
/// postings there are), copied to the local disk, a file for each block, and mapped. It is a cache:
/// what is lost or damaged is copied again. Thread-safe.
///
/// ```
/// <directory>/<tenant>/<block>
/// u64 magic · u64 length of the index · u64 end of the front · u64 start of the back
/// u64 CRC-32C of all that follows
/// front: the bytes of the index up to its series · back: from its table of postings on
/// ```
final class IndexHeaders {
  private static final Logger log = LoggerFactory.getLogger(IndexHeaders.class);
  private static final long MAGIC = 0x504c_4d49_4458_4802L;
  private static final int HEADER_BYTES = 40;
  private static final int PART_BYTES = 1 << 20;

  /// A small index is copied as a whole.
  private static final int WHOLE_BYTES = 256 << 10;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

  private final Path directory;
  private final StoreGatewayMetrics metrics;

  IndexHeaders(Path directory, StoreGatewayMetrics metrics) {
    this.directory = directory;
    this.metrics = metrics;
  }

  /// Front and back of an index, mapped.
  ///
  /// @param sizeBytes of both
  record Header(ByteSource.Window front, ByteSource.Window back, long sizeBytes)
      implements StoredObject.LocalParts {
    @Override
    public ByteSource.Window find(long offset, long lengthBytes) {
      long end = offset + lengthBytes;
      if (end <= front.end()) {
        return front;
      }
      return offset >= back.start() && end <= back.end()
          ? back
          : new ByteSource.Window(MemorySegment.NULL, 0);
    }
  }

  /// Maps the header of an index, which is copied first if it is not here.
  ///
  /// @param arena how long the mapping lives
  /// @throws UnavailableException if it can neither be read here nor copied
  Header open(TenantId tenant, String ulid, StoredObject index, Arena arena) {
    Path file = file(tenant, ulid);
    try {
      if (isOf(file, index)) {
        try {
          return map(file, arena);
        } catch (NoSuchFileException _) {
          // Removed meanwhile, for a query that has an index without the block.
        }
      }
      copy(index, file);
      metrics.loadedHeaders.inc();
      return map(file, arena);
    } catch (IOException e) {
      throw new UnavailableException(
          "the header of " + index.name() + " cannot be kept in " + file, e);
    }
  }

  /// Removes the header of a block.
  void remove(TenantId tenant, String ulid) {
    try {
      Files.deleteIfExists(file(tenant, ulid));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Removes the headers of a tenant's other blocks, as far as that can be done.
  void retain(TenantId tenant, Set<String> ulids) {
    Path folder = directory.resolve(tenant.value());
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.indexOf('.') < 0 && !ulids.contains(name)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      log.warn("headers of indexes that are not needed any more stay in path={}", folder, e);
    }
  }

  private Path file(TenantId tenant, String ulid) {
    return directory.resolve(tenant.value()).resolve(ulid);
  }

  /// Whether a file is the whole header of an index of this length, and undamaged.
  private static boolean isOf(Path file, StoredObject index) throws IOException {
    if (!Files.exists(file) || Files.size(file) < HEADER_BYTES) {
      return false;
    }
    try (Arena arena = Arena.ofConfined();
        FileChannel channel = FileChannel.open(file)) {
      MemorySegment all = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      if (all.get(LONG, 0) != MAGIC
          || all.get(LONG, 8) != index.lengthBytes()
          || all.byteSize()
              != HEADER_BYTES + all.get(LONG, 16) + index.lengthBytes() - all.get(LONG, 24)) {
        return false;
      }
      CRC32C crc = new CRC32C();
      for (long at = HEADER_BYTES; at < all.byteSize(); at += PART_BYTES) {
        crc.update(all.asSlice(at, Math.min(PART_BYTES, all.byteSize() - at)).asByteBuffer());
      }
      return crc.getValue() == all.get(LONG, 32);
    } catch (InternalError e) {
      // A page of it cannot be read.
      log.warn("the header of an index is damaged, it is copied again path={}", file, e);
      return false;
    }
  }

  private static Header map(Path file, Arena arena) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      MemorySegment all = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      long frontEnd = all.get(LONG, 16);
      return new Header(
          new ByteSource.Window(all.asSlice(HEADER_BYTES, frontEnd), 0),
          new ByteSource.Window(all.asSlice(HEADER_BYTES + frontEnd), all.get(LONG, 24)),
          all.byteSize());
    }
  }

  private static void copy(StoredObject index, Path file) throws IOException {
    long length = index.lengthBytes();
    long frontEnd = length;
    long backStart = length;
    if (length > WHOLE_BYTES) {
      IndexToc toc = IndexToc.read(index);
      frontEnd = toc.seriesStart();
      backStart = toc.postingsTableStart();
    }
    Path folder = Files.createDirectories(file.resolveSibling("."));
    Path unfinished = folder.resolve(file.getFileName() + "." + UUID.randomUUID());
    try (FileChannel out =
        FileChannel.open(unfinished, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      out.position(HEADER_BYTES);
      CRC32C crc = new CRC32C();
      copy(index, 0, frontEnd, out, crc);
      copy(index, backStart, length, out, crc);
      MemorySegment header = MemorySegment.ofArray(new byte[HEADER_BYTES]);
      header.set(LONG, 0, MAGIC);
      header.set(LONG, 8, length);
      header.set(LONG, 16, frontEnd);
      header.set(LONG, 24, backStart);
      header.set(LONG, 32, crc.getValue());
      out.position(0);
      write(out, header);
      out.force(true);
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  private static void copy(StoredObject index, long from, long to, FileChannel out, CRC32C crc)
      throws IOException {
    for (long at = from; at < to; at += PART_BYTES) {
      MemorySegment part = index.fetch(at, (int) Math.min(PART_BYTES, to - at));
      crc.update(part.asByteBuffer());
      write(out, part);
    }
  }

  private static void write(FileChannel out, MemorySegment bytes) throws IOException {
    ByteBuffer buffer = bytes.asByteBuffer();
    while (buffer.hasRemaining()) {
      out.write(buffer);
    }
  }
}
