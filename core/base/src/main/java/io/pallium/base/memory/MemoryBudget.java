package io.pallium.base.memory;

import io.pallium.base.LimitExceededException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A node in the tree of memory budgets. What is going to be allocated is reserved first, here and
/// in every budget above; a reservation that does not fit anywhere on the way up changes nothing.
///
/// Thread-safe. A reservation costs one compare-and-set per level, so callers reserve in steps of a
/// page or a column and not per sample.
public final class MemoryBudget implements AutoCloseable {
  private final String name;
  private final long limitBytes;
  private final @Nullable MemoryBudget parent;
  private final AtomicLong reservedBytes = new AtomicLong();
  private final AtomicLong peakBytes = new AtomicLong();

  private MemoryBudget(String name, long limitBytes, @Nullable MemoryBudget parent) {
    if (limitBytes < 0) {
      throw new IllegalArgumentException(
          "memory budget " + name + " must not be negative: " + limitBytes);
    }
    this.name = name;
    this.limitBytes = limitBytes;
    this.parent = parent;
  }

  /// A budget with nothing above it.
  public static MemoryBudget root(String name, long limitBytes) {
    return new MemoryBudget(name, limitBytes, null);
  }

  /// A budget whose reservations also count here. The name is the one of the limit that a user can
  /// change, since it stands in the error text.
  public MemoryBudget child(String childName, long childLimitBytes) {
    return new MemoryBudget(childName, childLimitBytes, this);
  }

  /// Reserves `bytes` here and above.
  ///
  /// @throws LimitExceededException (query kind) naming the budget that is full; nothing is
  ///   reserved
  public void reserve(long bytes) {
    MemoryBudget full = tryReserveUpwards(bytes);
    if (full != null) {
      throw LimitExceededException.query(
          "the query needs more memory than allowed: "
              + bytes
              + " bytes more over "
              + full.reservedBytes.get()
              + " reserved exceed the limit of "
              + full.limitBytes
              + " bytes ("
              + full.name
              + ")");
    }
  }

  /// Reserves `bytes` here and above if they fit.
  ///
  /// @return whether they did; if not, nothing is reserved
  public boolean tryReserve(long bytes) {
    return tryReserveUpwards(bytes) == null;
  }

  /// Gives back what was reserved.
  public void release(long bytes) {
    for (MemoryBudget budget = this; budget != null; budget = budget.parent) {
      if (budget.reservedBytes.addAndGet(-bytes) < 0) {
        throw new AssertionError(
            "BUG: memory budget " + budget.name + " released more than reserved");
      }
    }
  }

  /// Gives back everything that is still reserved here: the end of a query.
  @Override
  public void close() {
    long left = reservedBytes.get();
    if (left > 0) {
      release(left);
    }
  }

  /// What is reserved now, by this budget and those below it.
  public long reservedBytes() {
    return reservedBytes.get();
  }

  /// The most that was ever reserved at once.
  public long peakBytes() {
    return peakBytes.get();
  }

  /// How much may be reserved here.
  public long limitBytes() {
    return limitBytes;
  }

  private @Nullable MemoryBudget tryReserveUpwards(long bytes) {
    if (bytes < 0) {
      throw new AssertionError("BUG: negative reservation of " + bytes + " bytes in " + name);
    }
    for (MemoryBudget budget = this; budget != null; budget = budget.parent) {
      if (!budget.add(bytes)) {
        for (MemoryBudget taken = this; taken != budget; taken = taken.parent) {
          if (taken == null) {
            throw new AssertionError("BUG: memory budget tree changed");
          }
          taken.reservedBytes.addAndGet(-bytes);
        }
        return budget;
      }
    }
    return null;
  }

  private boolean add(long bytes) {
    while (true) {
      long now = reservedBytes.get();
      if (bytes > limitBytes - now) {
        return false;
      }
      if (reservedBytes.compareAndSet(now, now + bytes)) {
        peakBytes.accumulateAndGet(now + bytes, Math::max);
        return true;
      }
    }
  }
}
