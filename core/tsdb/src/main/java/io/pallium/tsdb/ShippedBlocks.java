package io.pallium.tsdb;

import io.pallium.tsdb.block.BlockLineage;
import io.pallium.tsdb.block.BlockMeta;
import io.pallium.tsdb.block.Blocks;
import io.pallium.tsdb.file.AppendFile;
import io.pallium.tsdb.file.DurableFiles;
import io.pallium.tsdb.file.ReadFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Which of a tenant's blocks lie in a store too, durable in a file of its own: for each block
/// here, the blocks of the store that hold its samples; and up to when the store has everything.
/// Thread-safe.
///
/// Blocks that compaction makes of shipped ones are shipped, since their parents are; these are
/// remembered as long as a block names them. A file that cannot be read counts as none: blocks are
/// shipped again, under the same names.
final class ShippedBlocks {
  private static final Logger log = LoggerFactory.getLogger(ShippedBlocks.class);
  private static final ObjectMapper JSON = JsonMapper.builder().build();
  private static final int MAX_FILE_BYTES = 64 << 20;

  /// A block here whose samples are in the store.
  ///
  /// @param shippedAtMs when the last of them came there
  /// @param stored names of blocks of the store
  record Shipped(long shippedAtMs, Set<String> stored) {
    Shipped {
      stored = Set.copyOf(stored);
    }
  }

  private final DurableFiles files;
  private final Path file;
  private final Blocks blocks;
  private Map<String, Shipped> shipped = new HashMap<>();
  private long endMs = Long.MIN_VALUE;
  private boolean isClosed;

  private ShippedBlocks(DurableFiles files, Path file, Blocks blocks) {
    this.files = files;
    this.file = file;
    this.blocks = blocks;
  }

  /// Reads the file, if there is one.
  ///
  /// @param blocks those of the tenant
  static ShippedBlocks open(DurableFiles files, Path file, Blocks blocks) throws IOException {
    ShippedBlocks opened = new ShippedBlocks(files, file, blocks);
    if (files.exists(file)) {
      try {
        opened.read();
      } catch (JacksonException | IllegalArgumentException e) {
        log.error("what was shipped is not known, it is shipped again path={}", file, e);
        opened.shipped = new HashMap<>();
        opened.endMs = Long.MIN_VALUE;
      }
    }
    return opened;
  }

  /// All samples before this were shipped; Long.MIN_VALUE if none was.
  synchronized long endMs() {
    return endMs;
  }

  /// The blocks that are not shipped, in order of time.
  synchronized List<BlockMeta> unshipped() throws IOException {
    adopt();
    return blocks.metas().stream().filter(meta -> !shipped.containsKey(meta.ulid())).toList();
  }

  /// The blocks that are shipped, by name.
  synchronized Map<String, Shipped> shipped() throws IOException {
    adopt();
    Map<String, Shipped> found = new TreeMap<>(shipped);
    found.keySet().retainAll(blocks.metas().stream().map(BlockMeta::ulid).toList());
    return found;
  }

  /// Notes that a block lies in the store under its own name; durable on return.
  synchronized void add(String ulid, long nowMs) throws IOException {
    Map<String, Shipped> next = new HashMap<>(shipped);
    next.put(ulid, new Shipped(nowMs, Set.of(ulid)));
    long shippedToMs = Long.MIN_VALUE;
    for (BlockMeta meta : blocks.metas()) {
      if (!next.containsKey(meta.ulid())) {
        shippedToMs = meta.minTimeMs();
        break;
      }
      shippedToMs = Math.max(shippedToMs, meta.maxTimeMs());
    }
    write(next, Math.max(endMs, shippedToMs));
  }

  /// The blocks of the store that queries need not look at, because all their samples are here.
  synchronized Set<String> held() {
    Set<String> held = new HashSet<>();
    for (BlockMeta meta : blocks.metas()) {
      Shipped known = shipped.get(meta.ulid());
      // One of several shards has not all samples of what it was made of.
      if (known != null && meta.lineage().shard().isEmpty()) {
        held.addAll(known.stored);
      }
    }
    return held;
  }

  /// From now on nothing changes: without blocks there would be nothing to remember.
  synchronized void close() {
    isClosed = true;
  }

  /// Takes over what compaction made of shipped blocks, and forgets what no block names any more.
  /// Durable before anything is compacted further: a block names its parents, not theirs.
  private void adopt() throws IOException {
    Map<String, Shipped> next = new HashMap<>();
    for (BlockMeta meta : blocks.metas()) {
      List<Shipped> parents = new ArrayList<>();
      for (BlockLineage.Parent parent : meta.lineage().parents()) {
        Shipped known = shipped.get(parent.ulid());
        if (known != null) {
          parents.add(known);
          next.put(parent.ulid(), known);
        }
      }
      Shipped known = shipped.get(meta.ulid());
      if (known != null) {
        next.put(meta.ulid(), known);
      } else if (!parents.isEmpty() && parents.size() == meta.lineage().parents().size()) {
        next.put(meta.ulid(), union(parents));
      }
    }
    if (!next.keySet().equals(shipped.keySet())) {
      write(next, endMs);
    }
  }

  private static Shipped union(List<Shipped> parents) {
    long atMs = Long.MIN_VALUE;
    Set<String> stored = new HashSet<>();
    for (Shipped parent : parents) {
      atMs = Math.max(atMs, parent.shippedAtMs);
      stored.addAll(parent.stored);
    }
    return new Shipped(atMs, stored);
  }

  private void read() throws IOException {
    try (ReadFile in = files.openRead(file)) {
      if (in.lengthBytes() > MAX_FILE_BYTES) {
        throw new IllegalArgumentException(file + " has " + in.lengthBytes() + " bytes");
      }
      byte[] bytes = new byte[(int) in.lengthBytes()];
      for (int done = 0; done < bytes.length; ) {
        int count = in.read(done, bytes, done, bytes.length - done);
        if (count <= 0) {
          throw new IllegalArgumentException(file + " became shorter");
        }
        done += count;
      }
      JsonNode root = JSON.readTree(bytes);
      endMs = root.path("endMs").asLong(Long.MIN_VALUE);
      for (Map.Entry<String, JsonNode> entry : root.path("blocks").properties()) {
        Set<String> stored = new HashSet<>();
        entry.getValue().path("stored").forEach(name -> stored.add(name.asString("")));
        shipped.put(
            entry.getKey(), new Shipped(entry.getValue().path("shippedAtMs").asLong(0), stored));
      }
    }
  }

  private void write(Map<String, Shipped> next, long nextEndMs) throws IOException {
    if (isClosed) {
      throw new IOException(file + " is not written any more, the database is closed");
    }
    ObjectNode root = JSON.createObjectNode();
    root.put("endMs", nextEndMs);
    ObjectNode known = root.putObject("blocks");
    for (Map.Entry<String, Shipped> entry : new TreeMap<>(next).entrySet()) {
      ObjectNode block = known.putObject(entry.getKey());
      block.put("shippedAtMs", entry.getValue().shippedAtMs);
      new TreeSet<>(entry.getValue().stored).forEach(block.putArray("stored")::add);
    }
    Path directory = Objects.requireNonNull(file.getParent(), "a file in a directory");
    Path unfinished = directory.resolve(file.getFileName() + ".tmp");
    files.createDirectories(directory);
    files.delete(unfinished);
    byte[] bytes = JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
    try (AppendFile out = files.create(unfinished)) {
      out.writeFully(bytes, 0, bytes.length);
      out.force();
    }
    files.rename(unfinished, file);
    files.forceDirectory(directory);
    shipped = next;
    endMs = nextEndMs;
  }
}
