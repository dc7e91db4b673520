package io.pallium.tsdb;

import io.pallium.model.TenantId;
import io.pallium.tsdb.ShippedFile.Shipped;
import io.pallium.tsdb.block.BlockLineage;
import io.pallium.tsdb.block.BlockMeta;
import io.pallium.tsdb.block.Blocks;
import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which of a tenant's blocks lie in a store too, durable in a file of its own: for each block
/// here, the blocks of the store that hold its samples; and up to when the store has everything.
/// Thread-safe.
///
/// Blocks that compaction makes of shipped ones are shipped, since their parents are; these are
/// remembered as long as a block names them. A file that cannot be read counts as none: blocks are
/// shipped again, under the same names.
final class ShippedBlocks {
  private static final Logger log = LoggerFactory.getLogger(ShippedBlocks.class);

  private final DurableFiles files;
  private final Path file;
  private final Blocks blocks;
  private final LongTermStore store;
  private ShippedFile known;
  private boolean isClosed;

  private ShippedBlocks(
      DurableFiles files, Path file, Blocks blocks, LongTermStore store, ShippedFile known) {
    this.files = files;
    this.file = file;
    this.blocks = blocks;
    this.store = store;
    this.known = known;
  }

  /// Reads the file, if there is one. What it says of a store that is to be forgotten goes.
  ///
  /// @param blocks those of the tenant
  /// @throws io.pallium.base.UnavailableException if it speaks of another store
  static ShippedBlocks open(
      DurableFiles files, Path file, TenantId tenant, Blocks blocks, LongTermStore store)
      throws IOException {
    ShippedFile found = ShippedFile.read(files, file);
    boolean isSame = store.isSame(tenant, found);
    ShippedBlocks opened =
        new ShippedBlocks(files, file, blocks, store, isSame ? found : ShippedFile.NONE);
    if (!isSame) {
      log.warn(
          "what was shipped to a former store is forgotten tenant={} store={} location={}",
          tenant,
          found.storeId(),
          found.storeLocation());
      opened.write(Map.of(), Long.MIN_VALUE);
    } else if (found.storeId().isEmpty()
        && !store.id().isEmpty()
        && !found.equals(ShippedFile.NONE)) {
      // Of a version that did not know where it shipped to.
      opened.write(found.blocks(), found.endMs());
    }
    return opened;
  }

  /// All samples before this were shipped; Long.MIN_VALUE if none was.
  synchronized long endMs() {
    return known.endMs();
  }

  /// The blocks that are not shipped, in order of time.
  synchronized List<BlockMeta> unshipped() throws IOException {
    adopt();
    return blocks.metas().stream()
        .filter(meta -> !known.blocks().containsKey(meta.ulid()))
        .toList();
  }

  /// The blocks that are shipped, by name.
  synchronized Map<String, Shipped> shipped() throws IOException {
    adopt();
    Map<String, Shipped> found = new TreeMap<>(known.blocks());
    found.keySet().retainAll(blocks.metas().stream().map(BlockMeta::ulid).toList());
    return found;
  }

  /// Notes that a block lies in the store under its own name; durable on return.
  synchronized void add(String ulid, long nowMs) throws IOException {
    Map<String, Shipped> next = new HashMap<>(known.blocks());
    next.put(ulid, new Shipped(nowMs, Set.of(ulid)));
    long shippedToMs = Long.MIN_VALUE;
    for (BlockMeta meta : blocks.metas()) {
      if (!next.containsKey(meta.ulid())) {
        shippedToMs = meta.minTimeMs();
        break;
      }
      shippedToMs = Math.max(shippedToMs, meta.maxTimeMs());
    }
    write(next, Math.max(known.endMs(), shippedToMs));
  }

  /// The blocks of the store that queries need not look at, because all their samples are here.
  synchronized Set<String> held() {
    Set<String> held = new HashSet<>();
    for (BlockMeta meta : blocks.metas()) {
      Shipped shipped = known.blocks().get(meta.ulid());
      // One of several shards has not all samples of what it was made of.
      if (shipped != null && meta.lineage().shard().isEmpty()) {
        held.addAll(shipped.stored());
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
        Shipped shipped = known.blocks().get(parent.ulid());
        if (shipped != null) {
          parents.add(shipped);
          next.put(parent.ulid(), shipped);
        }
      }
      Shipped shipped = known.blocks().get(meta.ulid());
      if (shipped != null) {
        next.put(meta.ulid(), shipped);
      } else if (!parents.isEmpty() && parents.size() == meta.lineage().parents().size()) {
        next.put(meta.ulid(), union(parents));
      }
    }
    if (!next.keySet().equals(known.blocks().keySet())) {
      write(next, known.endMs());
    }
  }

  private static Shipped union(List<Shipped> parents) {
    long atMs = Long.MIN_VALUE;
    Set<String> stored = new HashSet<>();
    for (Shipped parent : parents) {
      atMs = Math.max(atMs, parent.shippedAtMs());
      stored.addAll(parent.stored());
    }
    return new Shipped(atMs, stored);
  }

  private void write(Map<String, Shipped> next, long nextEndMs) throws IOException {
    if (isClosed) {
      throw new IOException(file + " is not written any more, the database is closed");
    }
    boolean isKnown = !store.id().isEmpty();
    ShippedFile written =
        new ShippedFile(
            isKnown ? store.id() : known.storeId(),
            isKnown ? store.location() : known.storeLocation(),
            next,
            nextEndMs);
    written.write(files, file);
    known = written;
  }
}
