package io.pallium.bucket;

import io.pallium.base.CorruptDataException;
import io.pallium.base.clock.TimeSource;
import io.pallium.model.TenantId;
import io.pallium.objectstore.Capability;
import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.PutCondition;
import io.pallium.objectstore.StoreException;
import io.pallium.tsdb.block.BlockMeta;
import io.pallium.tsdb.block.Ulid;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The folder of one tenant in a store, as this process knows it: its index, read again when it is
/// too old, and at once when this process changes it. Thread-safe.
///
/// Writers of several processes do not undo each other's changes where the store can replace an
/// object on a condition. Where it cannot, one may be undone; [#reconcile] finds what is missing.
public final class TenantBucket {
  private static final Logger log = LoggerFactory.getLogger(TenantBucket.class);
  private static final int MAX_TRIES = 20;
  private static final int MAX_META_BYTES = 64 << 20;

  private final ObjectStore store;
  private final TenantId tenant;
  private final TimeSource time;

  /// Held while the index is read or written, and while what it says and what is in the blocks
  /// change together.
  private final ReentrantLock changing = new ReentrantLock();

  private volatile @Nullable Known known;
  private volatile long triedNanos;

  /// An index as it was read or written.
  ///
  /// @param version of the object; empty if there is none
  /// @param atNanos what was in the store at this time is in it
  private record Known(BucketIndex index, String version, long atNanos) {}

  TenantBucket(ObjectStore store, TenantId tenant, TimeSource time) {
    this.store = store;
    this.tenant = tenant;
    this.time = time;
  }

  public TenantId tenant() {
    return tenant;
  }

  /// The index, not older than `wanted`, or, where it cannot be read, than `allowed`.
  ///
  /// @throws StoreException if it cannot be read and what is known is too old
  /// @throws CorruptDataException if it is not one
  public BucketIndex index(Duration wanted, Duration allowed) {
    Known present = known;
    if (present != null && isWithin(present.atNanos, wanted)) {
      return present.index;
    }
    if (present == null || !isWithin(present.atNanos, allowed)) {
      changing.lock();
    } else if (!changing.tryLock()) {
      return present.index;
    }
    try {
      present = known;
      boolean isUsable = present != null && isWithin(present.atNanos, allowed);
      if (present != null && isUsable && isWithin(triedNanos, wanted)) {
        return present.index;
      }
      try {
        return read().index;
      } catch (StoreException e) {
        if (present == null || !isUsable) {
          throw e;
        }
        log.warn("bucket index cannot be read, an older one is used tenant={}", tenant, e);
        return present.index;
      }
    } finally {
      changing.unlock();
    }
  }

  /// The index as it is in the store now.
  public BucketIndex refresh() {
    changing.lock();
    try {
      return read().index;
    } finally {
      changing.unlock();
    }
  }

  /// Changes the index, durably, and for all queries of this process that begin from now on.
  ///
  /// @param change may be called several times
  public BucketIndex update(UnaryOperator<BucketIndex> change) {
    changing.lock();
    try {
      for (int i = 0; i < MAX_TRIES; i++) {
        Known present = read();
        BucketIndex next = change.apply(present.index);
        if (next.equals(present.index) && !present.version.isEmpty()) {
          return next;
        }
        long startNanos = time.nowNanos();
        Optional<String> version =
            store.put(
                BlockNames.index(tenant),
                ObjectContent.of(next.toBytes(time.nowMs() / 1000)),
                condition(present.version));
        if (version.isPresent()) {
          known = new Known(next, version.get(), startNanos);
          return next;
        }
      }
      throw new StoreException(
          StoreException.Kind.UNAVAILABLE,
          "the bucket index of tenant " + tenant + " is replaced by others all the time");
    } finally {
      changing.unlock();
    }
  }

  /// Holds the index against the folder: adds whole blocks that it lacks, and removes those that
  /// are gone after they were marked. One that is gone without a mark stays listed, so that queries
  /// fail instead of answering with less.
  public BucketIndex reconcile() {
    return update(this::listed);
  }

  /// Runs what changes blocks and index together, while nobody else of this process does.
  public void exclusively(Runnable action) {
    changing.lock();
    try {
      action.run();
    } finally {
      changing.unlock();
    }
  }

  private boolean isWithin(long sinceNanos, Duration age) {
    return time.nowNanos() - sinceNanos <= age.toNanos();
  }

  private PutCondition condition(String version) {
    if (version.isEmpty()) {
      return PutCondition.IF_ABSENT;
    }
    return store.capabilities().contains(Capability.REPLACE_IF_UNCHANGED)
        ? new PutCondition.IfVersion(version)
        : PutCondition.ALWAYS;
  }

  /// Reads the index. A folder without one is listed.
  private Known read() {
    long startNanos = time.nowNanos();
    triedNanos = startNanos;
    String name = BlockNames.index(tenant);
    Known next;
    Optional<ObjectAttributes> stored = store.attributes(name);
    if (stored.isEmpty()) {
      next = new Known(listed(BucketIndex.EMPTY), "", startNanos);
      requireNotEmptied(next.index);
    } else {
      try (InputStream in = store.open(name)) {
        next = new Known(BucketIndex.parse(in.readAllBytes()), stored.get().version(), startNanos);
      } catch (IOException e) {
        throw new StoreException(StoreException.Kind.UNAVAILABLE, "read " + name + ": " + e, e);
      }
    }
    known = next;
    return next;
  }

  /// @throws StoreException if index and blocks are gone at once, as where a file system is not
  ///   mounted any more
  private void requireNotEmptied(BucketIndex found) {
    Known before = known;
    if (before != null && !before.index.blocks().isEmpty() && found.blocks().isEmpty()) {
      throw new StoreException(
          StoreException.Kind.UNAVAILABLE,
          "the store had blocks of tenant " + tenant + " and has nothing of it any more");
    }
  }

  private BucketIndex listed(BucketIndex before) {
    Map<String, StoredBlock> listed = new HashMap<>();
    before.blocks().forEach(block -> listed.put(block.ulid(), block));
    List<StoredBlock> found = new ArrayList<>();
    for (String folder : store.folders(BlockNames.folder(tenant))) {
      String ulid = folder.substring(BlockNames.folder(tenant).length(), folder.length() - 1);
      if (Ulid.isValid(ulid)) {
        StoredBlock block = listed.get(ulid);
        (block != null ? Optional.of(block) : look(ulid)).ifPresent(found::add);
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
    return new BucketIndex(
        found, before.marks().stream().filter(mark -> names.contains(mark.ulid())).toList());
  }

  /// A block of the folder; empty if it is not whole.
  private Optional<StoredBlock> look(String ulid) {
    String folder = BlockNames.folder(tenant, ulid);
    Optional<ObjectAttributes> meta = store.attributes(folder + BlockNames.META);
    if (meta.isEmpty() || meta.get().lengthBytes() > MAX_META_BYTES) {
      return Optional.empty();
    }
    BlockMeta read =
        BlockMeta.fromJson(
            store.read(folder + BlockNames.META, 0, (int) meta.get().lengthBytes()).bytes());
    int segments = 0;
    for (ObjectAttributes _ : store.objects(folder + BlockNames.CHUNKS)) {
      segments++;
    }
    return Optional.of(
        new StoredBlock(
            ulid,
            read.minTimeMs(),
            read.maxTimeMs(),
            segments,
            meta.get().modifiedMs() / 1000,
            ""));
  }
}
