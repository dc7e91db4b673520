package io.pallium.service.distributor;

import io.pallium.base.HotPath;
import io.pallium.base.memory.MemoryBudget;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// What is known about the label bytes that one tenant's senders repeat: whether the series is
/// accepted, its ring token, and the refs that ingesters gave for it. The key is a digest of the
/// label region as it came on the wire ([AliasKey]).
///
/// Bounded by two generations: rows go to the young one; when that has half of the room it becomes
/// the old one and the old one is dropped. A hit in the old one copies the row to the young one. So
/// what is in use stays, and what is not is gone after two turns. All of it dies when the tenant's
/// limits change, since verdicts were made under them.
///
/// All tenants' caches share one budget. When it is used up, the largest cache gives up its old
/// generation, or all if it has no other; a row that has no room even then is not kept, and its
/// series is judged again the next time. A refused series has a row as any other.
///
/// Threads: look-ups take no lock (see [AliasTable] for why that is safe), insertions take one per
/// tenant for some 100 ns. The generations in use are one immutable object behind a volatile field.
/// A look-up may miss a row that was inserted a moment ago; inserting it again then finds it.
@HotPath
final class AliasCache {
  /// How often room may be made for one row: a turn, and twice something of the largest cache.
  private static final int MAX_ATTEMPTS = 4;

  /// What the caches of all tenants have in common.
  ///
  /// @param maxEntries how many rows both generations of a cache may have
  /// @param maxBytes how much memory both generations of a cache may take
  /// @param total how much memory all caches together may take
  /// @param shedLargest calls [#shed] of the largest cache; false if that gave nothing back
  record Setting(
      AliasKey.Digest digest,
      int ingesterCount,
      int maxEntries,
      long maxBytes,
      MemoryBudget total,
      BooleanSupplier shedLargest) {}

  /// @param number tells one young generation from another: rows are counted within one
  private record Generations(
      long number, DistributorLimits limits, AliasTable young, @Nullable AliasTable old) {}

  private final Setting setting;
  private final int maxRows;
  private final long maxTableBytes;

  /// Guards the appending to tables and the replacing of generations.
  private final ReentrantLock lock = new ReentrantLock();

  private volatile Generations generations;

  /// Guarded by the lock.
  private boolean isClosed;

  AliasCache(Setting setting, DistributorLimits limits) {
    this.setting = setting;
    this.maxRows = Math.max(1, setting.maxEntries() / 2);
    this.maxTableBytes = Math.min(setting.maxBytes(), setting.total().limitBytes()) / 2;
    this.generations = new Generations(0, limits, newTable(), null);
  }

  /// How many rows both generations have.
  int size() {
    lock.lock();
    try {
      Generations now = generations;
      return now.young.rowCount() + (now.old == null ? 0 : now.old.rowCount());
    } finally {
      lock.unlock();
    }
  }

  /// What both generations have reserved.
  long sizeBytes() {
    Generations now = generations;
    return now.young.reservedBytes() + (now.old == null ? 0 : now.old.reservedBytes());
  }

  /// Gives up the old generation, or all if there is no other.
  ///
  /// @return false if nothing was given up because another thread works on the generations
  boolean shed() {
    // Not waited for: who calls this holds the lock of another cache.
    if (!lock.tryLock()) {
      return false;
    }
    try {
      Generations now = generations;
      if (now.old == null) {
        now.young.release();
        generations = new Generations(now.number + 1, now.limits, newTable(), null);
      } else {
        now.old.release();
        generations = new Generations(now.number, now.limits, now.young, null);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Gives everything up for good. Requests that still use the cache go on without it.
  void close() {
    lock.lock();
    try {
      isClosed = true;
      clear(generations.limits);
    } finally {
      lock.unlock();
    }
  }

  /// One request's look-ups, in the order of the request. Confined to one thread; used again by
  /// [#begin].
  static final class Probe {
    private @Nullable AliasCache cache;
    private @Nullable Generations seen;
    private int row = AliasTable.NONE;
    private int previousRow = AliasTable.NONE;
    private final AliasKey key = new AliasKey();

    /// Starts a request of the cache's tenant, under these limits.
    void begin(AliasCache newCache, DistributorLimits limits) {
      cache = newCache;
      seen = newCache.current(limits);
      row = AliasTable.NONE;
      previousRow = AliasTable.NONE;
    }

    /// Lets go of the cache, so that it can be collected while the probe is pooled.
    void end() {
      cache = null;
      seen = null;
    }

    /// Looks up a key. Then [#verdict], [#token] and [#ref] are those of its row, if there is one.
    boolean find(byte[] source, int offset, int lengthBytes) {
      key.digest(cache().setting.digest(), source, offset, lengthBytes);
      AliasTable table = seen().young;
      if (row != AliasTable.NONE) {
        previousRow = row;
        row = table.findAfter(previousRow, key);
        if (row != AliasTable.NONE) {
          return true;
        }
      }
      return search();
    }

    private boolean search() {
      AliasTable table = seen().young;
      row = table.find(key);
      if (row != AliasTable.NONE) {
        link(table);
        return true;
      }
      AliasTable old = seen().old;
      int oldRow = old == null ? AliasTable.NONE : old.find(key);
      if (old == null || oldRow == AliasTable.NONE) {
        return false;
      }
      insert(old.verdict(oldRow), old.token(oldRow));
      if (row == AliasTable.NONE) {
        return false;
      }
      seen().young.takeRefs(row, old, oldRow);
      return true;
    }

    /// Keeps what was found out about the key that [#find] missed last.
    void insert(int verdict, int token) {
      Generations before = seen();
      row = AliasTable.NONE;
      Generations after = cache().append(before, key, verdict, token);
      if (after == null) {
        return;
      }
      if (after.number != before.number) {
        previousRow = AliasTable.NONE;
      }
      seen = after;
      row = after.young.find(key);
      if (row != AliasTable.NONE) {
        link(after.young);
      }
    }

    /// Whether the key looked up or inserted last has a row.
    boolean hasRow() {
      return row != AliasTable.NONE;
    }

    /// 0 if the series is accepted, else the ordinal of the reject reason + 1.
    int verdict() {
      return seen().young.verdict(row);
    }

    int token() {
      return seen().young.token(row);
    }

    /// The ref that an incarnation of an ingester gave for the series, or 0.
    long ref(int ingester, long incarnation) {
      return row == AliasTable.NONE ? 0 : seen().young.ref(row, ingester, incarnation);
    }

    private void link(AliasTable table) {
      if (previousRow != AliasTable.NONE) {
        table.follow(previousRow, row);
      }
    }

    private AliasCache cache() {
      if (cache == null) {
        throw new AssertionError("BUG: a probe without a cache");
      }
      return cache;
    }

    private Generations seen() {
      if (seen == null) {
        throw new AssertionError("BUG: a probe without a cache");
      }
      return seen;
    }
  }

  /// Makes a key for [#putRef].
  void digest(AliasKey key, byte[] source, int offset, int lengthBytes) {
    key.digest(setting.digest(), source, offset, lengthBytes);
  }

  /// Keeps the ref that an incarnation of an ingester gave for a key, if the key has a row.
  void putRef(AliasKey key, int ingester, long incarnation, long ref) {
    AliasTable table = generations.young;
    int row = table.find(key);
    if (row != AliasTable.NONE) {
      table.putRef(row, ingester, incarnation, ref);
    }
  }

  /// The generations for a request under these limits; empty ones if the limits have changed.
  private Generations current(DistributorLimits limits) {
    Generations now = generations;
    if (now.limits == limits) {
      return now;
    }
    lock.lock();
    try {
      now = generations;
      // A reload that changes nothing makes new objects that are equal.
      if (now.limits.equals(limits)) {
        generations = new Generations(now.number, limits, now.young, now.old);
      } else {
        clear(limits);
      }
      return generations;
    } finally {
      lock.unlock();
    }
  }

  /// Under the lock.
  private void clear(DistributorLimits limits) {
    Generations now = generations;
    now.young.release();
    if (now.old != null) {
      now.old.release();
    }
    generations = new Generations(now.number + 1, limits, newTable(), null);
  }

  /// Appends a row to the young generation, which grows or becomes the old one if it is full.
  ///
  /// @return the generations after it; null if the row was not kept: the limits have changed since
  ///   `seen`, or there is no room
  private @Nullable Generations append(Generations seen, AliasKey key, int verdict, int token) {
    lock.lock();
    try {
      if (isClosed || generations.limits != seen.limits) {
        return null;
      }
      if (generations.young.find(key) != AliasTable.NONE) {
        return generations;
      }
      if (!makeRoom()) {
        return null;
      }
      generations.young.append(key, verdict, token);
      return generations;
    } finally {
      lock.unlock();
    }
  }

  /// Makes room for one row in the young generation, under the lock.
  private boolean makeRoom() {
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      Generations now = generations;
      if (now.young.rowCount() >= maxRows || !now.young.mayTake()) {
        if (now.young.rowCount() == 0) {
          return false;
        }
        if (now.old != null) {
          now.old.release();
        }
        generations = new Generations(now.number + 1, now.limits, newTable(), now.young);
        continue;
      }
      AliasTable roomy = now.young.withRoom();
      if (roomy != null) {
        if (roomy != now.young) {
          generations = new Generations(now.number, now.limits, roomy, now.old);
        }
        return true;
      }
      if (!setting.shedLargest().getAsBoolean()) {
        return false;
      }
    }
    return false;
  }

  private AliasTable newTable() {
    return new AliasTable(
        setting.ingesterCount(),
        setting.total().child("distributor.alias-cache-max-size", maxTableBytes));
  }
}
