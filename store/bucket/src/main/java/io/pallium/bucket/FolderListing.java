package io.pallium.bucket;

import io.pallium.base.CorruptDataException;
import io.pallium.model.TenantId;
import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectStore;
import io.pallium.tsdb.block.BlockMeta;
import io.pallium.tsdb.block.Ulid;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What lies in a tenant's folder, whatever its index says. Thread-safe.
public final class FolderListing {
  private static final Logger log = LoggerFactory.getLogger(FolderListing.class);
  private static final int MAX_META_BYTES = 64 << 20;

  /// How long what an upload left must have been seen as it is.
  private static final Duration SEEN_FOR = Duration.ofMinutes(30);

  private final ObjectStore store;
  private final TenantId tenant;
  private final Map<String, Leftover> leftovers = new ConcurrentHashMap<>();

  /// What lies in the folder of a block that is not whole.
  private record Leftover(Map<String, String> versions, long sinceNanos) {}

  FolderListing(ObjectStore store, TenantId tenant) {
    this.store = store;
    this.tenant = tenant;
  }

  /// What was found.
  ///
  /// @param index as it should be
  /// @param partial names of blocks that are not whole
  /// @param damaged names of blocks that are not listed because their `meta.json` cannot be
  ///   understood
  public record Found(BucketIndex index, Set<String> partial, Set<String> damaged) {
    static final Found NOTHING = new Found(BucketIndex.EMPTY, Set.of(), Set.of());
  }

  /// Looks where there is no index.
  ///
  /// @throws CorruptDataException if a block has a `meta.json` that cannot be understood: without
  ///   an index nobody knows what would be missing
  BucketIndex lookStrictly() {
    Found found = look(BucketIndex.EMPTY);
    if (!found.damaged.isEmpty()) {
      throw new CorruptDataException(
          "tenant %s has no index in the store, and blocks whose meta.json cannot be understood: %s;"
                  .formatted(tenant, found.damaged)
              + " put them right, or remove their folders to go on without them");
    }
    return found.index;
  }

  /// @param before what the index says
  Found look(BucketIndex before) {
    Map<String, StoredBlock> listed = new HashMap<>();
    before.blocks().forEach(block -> listed.put(block.ulid(), block));
    List<StoredBlock> found = new ArrayList<>();
    Set<String> partial = new HashSet<>();
    Set<String> damaged = new HashSet<>();
    for (String folder : store.folders(BlockNames.folder(tenant))) {
      String ulid = folder.substring(BlockNames.folder(tenant).length(), folder.length() - 1);
      if (listed.containsKey(ulid)) {
        found.add(listed.get(ulid));
      } else if (Ulid.isValid(ulid)) {
        try {
          look(ulid).ifPresentOrElse(found::add, () -> partial.add(ulid));
        } catch (CorruptDataException e) {
          log.error(
              "block of the store is not listed, its meta.json cannot be understood: put it right,"
                  + " or remove its folder tenant={} block={}",
              tenant,
              ulid,
              e);
          damaged.add(ulid);
        }
      }
    }
    Set<String> names = found.stream().map(StoredBlock::ulid).collect(Collectors.toSet());
    Set<String> marked = before.markedBefore(Long.MAX_VALUE);
    for (StoredBlock block : before.blocks()) {
      if (!names.contains(block.ulid()) && !marked.contains(block.ulid())) {
        log.error(
            "block is listed and not in the store, queries that need it fail: put it back, or delete"
                + " {} to go on without it",
            BlockNames.index(tenant));
        found.add(block);
      }
    }
    BucketIndex index =
        new BucketIndex(
            found, before.marks().stream().filter(mark -> names.contains(mark.ulid())).toList());
    return new Found(index, partial, damaged);
  }

  /// A block of the folder; empty if it is not whole.
  ///
  /// @throws CorruptDataException if its `meta.json` cannot be understood
  private Optional<StoredBlock> look(String ulid) {
    String name = BlockNames.folder(tenant, ulid) + BlockNames.META;
    Optional<ObjectAttributes> meta = store.attributes(name);
    if (meta.isEmpty()) {
      return Optional.empty();
    }
    if (meta.get().lengthBytes() > MAX_META_BYTES) {
      throw new CorruptDataException(name + " has " + meta.get().lengthBytes() + " bytes");
    }
    BlockMeta read =
        BlockMeta.fromJson(store.read(name, 0, (int) meta.get().lengthBytes()).bytes());
    int segments = 0;
    for (ObjectAttributes _ : store.objects(BlockNames.folder(tenant, ulid) + BlockNames.CHUNKS)) {
      segments++;
    }
    return Optional.of(
        new StoredBlock(
            ulid,
            read.minTimeMs(),
            read.maxTimeMs(),
            segments,
            meta.get().modifiedMs() / 1000,
            deletions(ulid)));
  }

  /// The version of a block's tombstones; empty if there are none.
  String deletions(String ulid) {
    return store
        .attributes(BlockNames.folder(tenant, ulid) + BlockNames.TOMBSTONES)
        .map(ObjectAttributes::version)
        .orElse("");
  }

  /// Whether a listed block has `meta.json`, its index, and as many files of chunks as listed.
  boolean isWhole(StoredBlock block) {
    String folder = BlockNames.folder(tenant, block.ulid());
    boolean hasMeta = false;
    boolean hasIndex = false;
    int segments = 0;
    for (ObjectAttributes object : store.objects(folder)) {
      String name = object.name().substring(folder.length());
      hasMeta |= name.equals(BlockNames.META);
      hasIndex |= name.equals(BlockNames.INDEX);
      segments += name.startsWith(BlockNames.CHUNKS) ? 1 : 0;
    }
    return hasMeta && hasIndex && segments >= block.segments();
  }

  /// Removes what lies in the folder of a block that is not whole, if all of it was there before,
  /// and if this process saw the same long enough ago: who copies blocks by hand may copy their
  /// times.
  ///
  /// @return whether it was removed
  boolean removeLeftover(String ulid, long beforeMs, long nowNanos) {
    Map<String, String> versions = new TreeMap<>();
    for (ObjectAttributes object : store.objects(BlockNames.folder(tenant, ulid))) {
      if (object.modifiedMs() >= beforeMs || object.name().endsWith("/" + BlockNames.META)) {
        leftovers.remove(ulid);
        return false;
      }
      versions.put(object.name(), object.version());
    }
    Leftover seen = leftovers.get(ulid);
    if (seen == null || !seen.versions.equals(versions)) {
      leftovers.put(ulid, new Leftover(versions, nowNanos));
      return false;
    }
    if (nowNanos - seen.sinceNanos < SEEN_FOR.toNanos()) {
      return false;
    }
    versions.keySet().forEach(store::delete);
    leftovers.remove(ulid);
    return !versions.isEmpty();
  }
}
