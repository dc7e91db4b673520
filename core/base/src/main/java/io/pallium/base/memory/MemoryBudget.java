package io.pallium.base.memory;

import io.pallium.base.LimitExceededException;
import io.pallium.base.QueryCanceledException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A node in the tree of memory budgets. What is going to be allocated is reserved first, here and
/// in every budget above; a reservation that does not fit anywhere on the way up changes nothing.
///
/// Thread-safe. A reservation costs one compare-and-set per level, so callers reserve in steps of a
/// page or a column and not per sample. Budgets above count a reservation before those below, and
/// give it back after them, so that closing one gives back no more than is counted above it.
public final class MemoryBudget implements AutoCloseable {
  /// In place of the reserved bytes of a budget that is closed.
  private static final long CLOSED = -1;

  private static final int SPARE_PART = 8;
  private static final int SMALL_PART = 256;

  private final String name;
  private final long limitBytes;
  private final boolean isShared;
  private final @Nullable MemoryBudget parent;
  private final AtomicLong reservedBytes = new AtomicLong();
  private final AtomicLong peakBytes = new AtomicLong();

  private MemoryBudget(
      String name, long limitBytes, boolean isShared, @Nullable MemoryBudget parent) {
    if (limitBytes < 0) {
      throw new IllegalArgumentException(
          "memory budget " + name + " must not be negative: " + limitBytes);
    }
    this.name = name;
    this.limitBytes = limitBytes;
    this.isShared = isShared;
    this.parent = parent;
  }

  /// A budget with nothing above it.
  public static MemoryBudget root(String name, long limitBytes) {
    return new MemoryBudget(name, limitBytes, false, null);
  }

  /// The same for many who do not know of each other: the last eighth is for those budgets below
  /// that hold little, at most a 256th each, so that large ones never leave nothing to small ones.
  public static MemoryBudget shared(String name, long limitBytes) {
    return new MemoryBudget(name, limitBytes, true, null);
  }

  /// A budget whose reservations also count here. The name is the one of the limit that a user can
  /// change, since it stands in the error text.
  public MemoryBudget child(String childName, long childLimitBytes) {
    return new MemoryBudget(childName, childLimitBytes, false, this);
  }

  /// Reserves `bytes` here and above.
  ///
  /// @throws LimitExceededException (query kind) naming the budget that is full; nothing is
  ///   reserved
  /// @throws QueryCanceledException if this budget is closed
  public void reserve(long bytes) {
    MemoryBudget full = tryReserveFromAbove(bytes, bytes);
    if (full != null) {
      if (full.reservedBytes.get() == CLOSED) {
        throw new QueryCanceledException("what " + full.name + " was for has ended");
      }
      throw LimitExceededException.query(
          "the query needs more memory than allowed: "
              + bytes
              + " bytes more over "
              + full.reservedBytes.get()
              + " reserved exceed the limit of "
              + full.limitBytes
              + (full.isShared
                  ? " bytes, of which small queries have the last eighth ("
                  : " bytes (")
              + full.name
              + ")");
    }
  }

  /// Reserves `bytes` here and above if they fit.
  ///
  /// @return whether they did; if not, nothing is reserved
  public boolean tryReserve(long bytes) {
    return tryReserveFromAbove(bytes, bytes) == null;
  }

  /// Gives back what was reserved. A budget that is closed has given back everything already.
  public void release(long bytes) {
    for (MemoryBudget budget = this; budget != null; budget = budget.parent) {
      if (!budget.subtract(bytes)) {
        return;
      }
    }
  }

  /// Gives back everything that is still reserved here, and takes nothing any more: the end of a
  /// query, even if a thread of it is late.
  @Override
  public void close() {
    long left = reservedBytes.getAndSet(CLOSED);
    if (left > 0 && parent != null) {
      parent.release(left);
    }
  }

  /// What is reserved now, by this budget and those below it.
  public long reservedBytes() {
    return Math.max(0, reservedBytes.get());
  }

  /// The most that was ever reserved at once.
  public long peakBytes() {
    return peakBytes.get();
  }

  /// How much may be reserved here.
  public long limitBytes() {
    return limitBytes;
  }

  /// @param heldBytes what the budget below holds with them
  /// @return the budget that is full or closed; null if the bytes are reserved
  private @Nullable MemoryBudget tryReserveFromAbove(long bytes, long heldBytes) {
    if (bytes < 0) {
      throw new AssertionError("BUG: negative reservation of " + bytes + " bytes in " + name);
    }
    MemoryBudget full =
        parent == null ? null : parent.tryReserveFromAbove(bytes, reservedBytes() + bytes);
    if (full != null || add(bytes, spareBytes(heldBytes))) {
      return full;
    }
    if (parent != null) {
      parent.release(bytes);
    }
    return this;
  }

  /// What is left to others by who holds that much.
  private long spareBytes(long heldBytes) {
    return isShared && heldBytes > limitBytes / SMALL_PART ? limitBytes / SPARE_PART : 0;
  }

  private boolean add(long bytes, long spareBytes) {
    while (true) {
      long now = reservedBytes.get();
      if (now == CLOSED || bytes > limitBytes - spareBytes - now) {
        return false;
      }
      if (reservedBytes.compareAndSet(now, now + bytes)) {
        peakBytes.accumulateAndGet(now + bytes, Math::max);
        return true;
      }
    }
  }

  /// @return false if this budget is closed
  private boolean subtract(long bytes) {
    while (true) {
      long now = reservedBytes.get();
      if (now == CLOSED) {
        return false;
      }
      if (bytes > now) {
        throw new AssertionError("BUG: memory budget " + name + " released more than reserved");
      }
      if (reservedBytes.compareAndSet(now, now - bytes)) {
        return true;
      }
    }
  }
}
