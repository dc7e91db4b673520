package io.pallium.service.distributor;

import io.pallium.base.HotPath;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What is known about the label bytes that one tenant's senders repeat: whether the series is
/// accepted, its ring token, and the refs that ingesters gave for it. The key is the label region
/// as it came on the wire, compared byte for byte.
///
/// Bounded by two generations: rows go to the young one; when that has half of the room it becomes
/// the old one and the old one is dropped. A hit in the old one copies the row to the young one. So
/// what is in use stays, and what is not is gone after two turns. All of it dies when the tenant's
/// limits change, since verdicts were made under them.
///
/// Threads: look-ups take no lock (see [AliasTable] for why that is safe), insertions take one per
/// tenant for some 100 ns. The generations in use are one immutable object behind a volatile field.
/// A look-up may miss a row that was inserted a moment ago; inserting it again then finds it.
@HotPath
final class AliasCache {
  private static final int MIN_ROWS = 64;

  /// @param number tells one young generation from another: rows are counted within one
  private record Generations(
      long number, DistributorLimits limits, AliasTable young, @Nullable AliasTable old) {}

  private final AliasHash aliasHash;
  private final int ingesterCount;
  private final int maxRows;
  private final long maxBytes;

  /// Guards the appending to tables and the replacing of generations.
  private final ReentrantLock lock = new ReentrantLock();

  private volatile Generations generations;

  /// @param maxEntries how many rows both generations may have
  /// @param maxBytes how much memory both generations may take, about
  AliasCache(
      AliasHash aliasHash,
      int ingesterCount,
      int maxEntries,
      long maxBytes,
      DistributorLimits limits) {
    this.aliasHash = aliasHash;
    this.ingesterCount = ingesterCount;
    this.maxRows = Math.max(1, maxEntries / 2);
    this.maxBytes = maxBytes / 2;
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

  /// What the rows of both generations take, about.
  long sizeBytes() {
    lock.lock();
    try {
      Generations now = generations;
      return now.young.sizeBytes() + (now.old == null ? 0 : now.old.sizeBytes());
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
    private int hash;

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
      AliasTable table = seen().young;
      if (row != AliasTable.NONE) {
        previousRow = row;
        row = table.findAfter(previousRow, source, offset, lengthBytes);
        if (row != AliasTable.NONE) {
          return true;
        }
      }
      return search(source, offset, lengthBytes);
    }

    private boolean search(byte[] source, int offset, int lengthBytes) {
      AliasCache owner = cache();
      AliasTable table = seen().young;
      hash = owner.aliasHash.hash(source, offset, lengthBytes);
      row = table.find(hash, source, offset, lengthBytes);
      if (row != AliasTable.NONE) {
        link(table);
        return true;
      }
      AliasTable old = seen().old;
      int oldRow = old == null ? AliasTable.NONE : old.find(hash, source, offset, lengthBytes);
      if (old == null || oldRow == AliasTable.NONE) {
        return false;
      }
      insert(source, offset, lengthBytes, old.verdict(oldRow), old.token(oldRow));
      if (row == AliasTable.NONE) {
        return false;
      }
      seen().young.takeRefs(row, old, oldRow);
      return true;
    }

    /// Keeps what was found out about the key that [#find] missed last.
    void insert(byte[] source, int offset, int lengthBytes, int verdict, int token) {
      Generations before = seen();
      row = AliasTable.NONE;
      if (lengthBytes == 0 || lengthBytes > AliasTable.MAX_KEY_BYTES) {
        return;
      }
      Generations after = cache().append(before, hash, source, offset, lengthBytes, verdict, token);
      if (after == null) {
        return;
      }
      if (after.number != before.number) {
        previousRow = AliasTable.NONE;
      }
      seen = after;
      row = after.young.find(hash, source, offset, lengthBytes);
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

  /// Keeps the ref that an incarnation of an ingester gave for a key, if the key has a row.
  void putRef(
      byte[] source, int offset, int lengthBytes, int ingester, long incarnation, long ref) {
    if (lengthBytes > AliasTable.MAX_KEY_BYTES) {
      return;
    }
    AliasTable table = generations.young;
    int row = table.find(aliasHash.hash(source, offset, lengthBytes), source, offset, lengthBytes);
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
      generations =
          now.limits.equals(limits)
              ? new Generations(now.number, limits, now.young, now.old)
              : new Generations(now.number + 1, limits, newTable(), null);
      return generations;
    } finally {
      lock.unlock();
    }
  }

  /// Appends a row to the young generation, which grows or becomes the old one if it is full.
  ///
  /// @return the generations after it; null if the limits have changed since `seen`
  private @Nullable Generations append(
      Generations seen,
      int hash,
      byte[] source,
      int offset,
      int lengthBytes,
      int verdict,
      int token) {
    lock.lock();
    try {
      Generations now = generations;
      if (now.limits != seen.limits) {
        return null;
      }
      if (now.young.find(hash, source, offset, lengthBytes) != AliasTable.NONE) {
        return now;
      }
      if (now.young.rowCount() >= maxRows || now.young.sizeBytes() + lengthBytes > maxBytes) {
        now = new Generations(now.number + 1, now.limits, newTable(), now.young);
      } else if (now.young.isFull()) {
        now = new Generations(now.number, now.limits, now.young.grow(), now.old);
      }
      if (now != generations) {
        generations = now;
      }
      now.young.append(hash, source, offset, lengthBytes, verdict, token);
      return now;
    } finally {
      lock.unlock();
    }
  }

  private AliasTable newTable() {
    return new AliasTable(MIN_ROWS, ingesterCount, maxBytes);
  }
}
