package io.pallium.tsdb;

import io.pallium.base.UnavailableException;
import io.pallium.model.TenantId;
import io.pallium.tsdb.block.BlockMeta;
import io.pallium.tsdb.file.DurableFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The side of a database that a shipper sees: which blocks are to be copied to a store, which
/// were, and that their copies here may go. Thread-safe.
///
/// A block is shipped as it was cut, once; what compaction makes of shipped blocks is not shipped.
/// Where blocks are shipped ([LongTermStore#isShippedTo]), compaction waits for that.
public final class Shipping {
  private final Map<TenantId, TenantBlocks> blocks;
  private final Compaction compaction;

  Shipping(Map<TenantId, TenantBlocks> blocks, Compaction compaction) {
    this.blocks = blocks;
    this.compaction = compaction;
  }

  /// Makes sure that what a database shipped lies in a store, before that is used.
  ///
  /// @param directory of the database, which need not be there
  /// @throws UnavailableException if it lies in another one
  public static void requireStore(DurableFiles files, Path directory, LongTermStore store) {
    new BlocksDirectory(files, directory, store).requireStore();
  }

  /// The tenants that have blocks here, or had.
  public List<TenantId> tenants() {
    return blocks.keySet().stream().sorted().toList();
  }

  /// A tenant's blocks that are not shipped, in order of time. One that is damaged is not among
  /// them.
  public List<BlockMeta> unshipped(TenantId tenant) {
    TenantBlocks present = blocks.get(tenant);
    return present == null ? List.of() : known(tenant, present.shipped()::unshipped);
  }

  /// Where the files of a block are. They stay until the block is shipped, unless its samples are
  /// past their retention, or deleted ones are removed from it.
  public Path directory(TenantId tenant, String ulid) {
    return present(tenant).blocks().directory().resolve(ulid);
  }

  /// Notes that a block lies in the store, whole and listed, under its own name. Durable on return.
  ///
  /// @param nowMs the time of day
  public void shipped(TenantId tenant, String ulid, long nowMs) {
    known(
        tenant,
        () -> {
          present(tenant).shipped().add(ulid, nowMs);
          return ulid;
        });
  }

  /// The blocks of the store all of whose samples are here: queries that have opened a view of this
  /// database before they ask need not read them.
  public Set<String> held(TenantId tenant) {
    TenantBlocks present = blocks.get(tenant);
    return present == null ? Set.of() : present.shipped().held();
  }

  /// The blocks here that were shipped before a time, and by which names the store has what is in
  /// them.
  public Map<String, Set<String>> shippedBefore(TenantId tenant, long timeMs) {
    Map<String, Set<String>> found = new TreeMap<>();
    TenantBlocks present = blocks.get(tenant);
    if (present != null) {
      known(tenant, present.shipped()::shipped)
          .forEach(
              (ulid, shipped) -> {
                if (shipped.shippedAtMs() < timeMs) {
                  found.put(ulid, shipped.stored());
                }
              });
    }
    return found;
  }

  /// Removes blocks here that lie in the store. Waits for a compaction that runs.
  ///
  /// @param ulids shipped blocks; those that are not here any more are passed over
  /// @return the names of those that were removed
  public List<String> release(TenantId tenant, Set<String> ulids) {
    List<String> released = new ArrayList<>();
    compaction.pausedFor(
        () ->
            known(
                tenant,
                () -> {
                  TenantBlocks present = present(tenant);
                  released.addAll(present.shipped().shipped().keySet());
                  released.retainAll(ulids);
                  present.blocks().remove(released);
                  return released;
                }));
    return released;
  }

  private TenantBlocks present(TenantId tenant) {
    TenantBlocks present = blocks.get(tenant);
    if (present == null) {
      throw new AssertionError("BUG: tenant " + tenant + " has no blocks");
    }
    return present;
  }

  /// Something that reads or writes files.
  private interface Action<T> {
    T run() throws IOException;
  }

  private static <T> T known(TenantId tenant, Action<T> action) {
    try {
      return action.run();
    } catch (IOException e) {
      throw new UnavailableException("what was shipped of tenant " + tenant + " is not known", e);
    }
  }
}
