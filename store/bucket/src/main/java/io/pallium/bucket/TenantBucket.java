package io.pallium.bucket;

import io.pallium.base.clock.TimeSource;
import io.pallium.model.TenantId;
import io.pallium.objectstore.Capability;
import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.PutCondition;
import io.pallium.objectstore.StoreException;
import io.pallium.tsdb.block.Ulid;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The folder of one tenant in a store, as this process knows it: its index, read again when it is
/// too old, and at once when this process changes it. Thread-safe.
///
/// Writers of several processes do not undo each other's changes where the store can replace an
/// object on a condition. Where it cannot, one may be undone; [#reconcile] finds what is missing.
///
/// Lock order: [#exclusively]; that of changes to the index, under which requests to the store are
/// made; this object's own, under which nothing waits.
public final class TenantBucket {
  private static final Logger log = LoggerFactory.getLogger(TenantBucket.class);
  private static final int MAX_TRIES = 20;

  /// How long is waited for a new index where an older one will do.
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Bucket bucket;
  private final ObjectStore store;
  private final TenantId tenant;
  private final TimeSource time;
  private final FolderListing listing;

  /// Held while what the index says and what is in the blocks change together.
  private final ReentrantLock publishing = new ReentrantLock();

  private final ReentrantLock changing = new ReentrantLock();

  // Guarded by this object.
  private @Nullable Known known;
  private @Nullable Reading reading;
  private long changes;

  /// An index as it was read or written.
  ///
  /// @param version of the object; empty if there is none
  /// @param atNanos what was in the store at this time is in it
  private record Known(BucketIndex index, String version, long atNanos) {}

  /// A read of the index that all who want it wait for, or the last one.
  private record Reading(long sinceNanos, CompletableFuture<BucketIndex> index) {}

  TenantBucket(Bucket bucket, TenantId tenant, TimeSource time) {
    this.bucket = bucket;
    this.store = bucket.store();
    this.tenant = tenant;
    this.time = time;
    this.listing = new FolderListing(store, tenant);
  }

  public TenantId tenant() {
    return tenant;
  }

  /// The index, not older than `wanted`, or, while it is read or where it cannot be read, than
  /// `allowed`. All who wait for it wait for one read; nobody waits for who changes it.
  ///
  /// @return fails with a [StoreException] if it cannot be read and what is known is too old, and
  ///   with a [CorruptDataException] if it is not one
  public CompletableFuture<BucketIndex> index(Duration wanted, Duration allowed) {
    Reading mine;
    BucketIndex older;
    synchronized (this) {
      Known present = known;
      if (present != null && isWithin(present.atNanos, wanted)) {
        return CompletableFuture.completedFuture(present.index);
      }
      older = present != null && isWithin(present.atNanos, allowed) ? present.index : null;
      Reading last = reading;
      if (last != null) {
        boolean isRecent = isWithin(last.sinceNanos, wanted);
        boolean isDone = last.index.isDone();
        if (older != null && (isRecent || !isDone)) {
          return CompletableFuture.completedFuture(older);
        }
        if (isRecent && !isDone) {
          return last.index;
        }
      }
      mine = new Reading(time.nowNanos(), new CompletableFuture<>());
      reading = mine;
    }
    Thread.ofVirtual().name("bucket-index").start(() -> complete(mine));
    CompletableFuture<BucketIndex> found =
        mine.index.exceptionally(failure -> older(failure, allowed));
    return older == null
        ? found
        : found.completeOnTimeout(older, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void complete(Reading mine) {
    try {
      mine.index.complete(read().index);
    } catch (RuntimeException | Error e) {
      mine.index.completeExceptionally(e);
    }
  }

  private BucketIndex older(Throwable failure, Duration allowed) {
    Known present = known();
    if (failure instanceof StoreException e
        && present != null
        && isWithin(present.atNanos, allowed)) {
      log.warn("bucket index cannot be read, an older one is used tenant={}", tenant, e);
      return present.index;
    }
    throw failure instanceof RuntimeException e ? e : new IllegalStateException(failure);
  }

  /// The index as it is in the store now.
  public BucketIndex refresh() {
    return read().index;
  }

  /// The index, not older than this.
  public BucketIndex refresh(Duration wanted) {
    Known present = known();
    return present != null && isWithin(present.atNanos, wanted) ? present.index : refresh();
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
        boolean isThere = !present.version.isEmpty();
        if (next.equals(present.index) && (isThere || next.equals(BucketIndex.EMPTY))) {
          return next;
        }
        long startNanos = time.nowNanos();
        Optional<String> version =
            replace(
                BlockNames.index(tenant),
                present.version,
                ObjectContent.of(next.toBytes(time.nowMs() / 1000)));
        if (version.isPresent()) {
          synchronized (this) {
            known = new Known(next, version.get(), startNanos);
            changes++;
          }
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

  /// Replaces an object of the tenant that nobody has replaced in between, as far as the store can
  /// tell.
  ///
  /// @param version as it was read before; empty if there was none
  /// @return the new version; empty if it was replaced
  public Optional<String> replace(String name, String version, ObjectContent content) {
    if (version.isEmpty()) {
      return store.put(name, content, PutCondition.IF_ABSENT);
    }
    boolean isConditional = store.capabilities().contains(Capability.REPLACE_IF_UNCHANGED);
    return store.put(
        name, content, isConditional ? new PutCondition.IfVersion(version) : PutCondition.ALWAYS);
  }

  /// The version of the tombstones that a block has in the store now; empty if there are none.
  public String deletions(String ulid) {
    return listing.deletions(ulid);
  }

  /// Holds the index against the folder: adds whole blocks that it lacks, and removes those that
  /// are gone after they were marked. One that is gone without a mark stays listed, so that queries
  /// fail instead of answering with less.
  ///
  /// @return what the folder has beside
  public FolderListing.Found reconcile() {
    FolderListing.Found[] last = {FolderListing.Found.NOTHING};
    BucketIndex unused =
        update(
            index -> {
              last[0] = listing.look(index);
              return last[0].index();
            });
    return last[0];
  }

  /// Removes what is left of uploads that broke off: folders of blocks that are not whole and in
  /// which nothing has changed for some time, also since an earlier call.
  ///
  /// @param partial names of such blocks
  /// @return how many were removed
  public int sweep(Set<String> partial, Duration unchangedFor) {
    int swept = 0;
    long beforeMs = time.nowMs() - unchangedFor.toMillis();
    for (String ulid : partial) {
      if (Ulid.timestampMs(ulid) < beforeMs
          && listing.removeLeftover(ulid, beforeMs, time.nowNanos())) {
        log.info("what an upload left was removed tenant={} block={}", tenant, ulid);
        swept++;
      }
    }
    return swept;
  }

  /// Whether a block of the store has all the files that it had when it was listed.
  public boolean isWhole(StoredBlock block) {
    return listing.isWhole(block);
  }

  /// Runs what changes blocks and index together, while nobody else of this process does. Queries
  /// do not wait for it.
  public void exclusively(Runnable action) {
    publishing.lock();
    try {
      action.run();
    } finally {
      publishing.unlock();
    }
  }

  private synchronized @Nullable Known known() {
    return known;
  }

  private synchronized long changes() {
    return changes;
  }

  private boolean isWithin(long sinceNanos, Duration age) {
    return time.nowNanos() - sinceNanos <= age.toNanos();
  }

  /// Reads the index, again if this process changed it meanwhile.
  private Known read() {
    while (true) {
      long startChanges = changes();
      Known next = readOnce();
      synchronized (this) {
        if (changes == startChanges) {
          Known present = known;
          if (present == null || present.atNanos <= next.atNanos) {
            known = next;
          }
          return next;
        }
      }
    }
  }

  /// Reads the index. A folder without one is listed.
  private Known readOnce() {
    long startNanos = time.nowNanos();
    String name = BlockNames.index(tenant);
    Optional<ObjectAttributes> stored = store.attributes(name);
    if (stored.isEmpty()) {
      bucket.requireSame();
      BucketIndex found = listing.lookStrictly();
      requireNotEmptied(found);
      return new Known(found, "", startNanos);
    }
    try (InputStream in = store.open(name)) {
      return new Known(BucketIndex.parse(in.readAllBytes()), stored.get().version(), startNanos);
    } catch (IOException e) {
      throw new StoreException(StoreException.Kind.UNAVAILABLE, "read " + name + ": " + e, e);
    }
  }

  /// @throws StoreException if index and blocks are gone at once, as where a file system is not
  ///   mounted any more
  private void requireNotEmptied(BucketIndex found) {
    Known before = known();
    if (before != null && !before.index.blocks().isEmpty() && found.blocks().isEmpty()) {
      throw new StoreException(
          StoreException.Kind.UNAVAILABLE,
          "the store had blocks of tenant " + tenant + " and has nothing of it any more");
    }
  }
}
