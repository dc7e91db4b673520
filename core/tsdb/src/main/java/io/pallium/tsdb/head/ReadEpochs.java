package io.pallium.tsdb.head;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/// Knows which readers of a tenant were there before a change, so that what the change made useless
/// is freed only when none of them is left. Thread-safe; a few instructions per query.
///
/// A reader enters the present epoch and leaves it. [#advance] begins a new epoch; its action runs
/// once all readers of all earlier epochs have left, on the thread of the last one (or at once): it
/// should only hand work on.
public final class ReadEpochs {
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final Deque<Epoch> epochs = new ArrayDeque<>();

  /// Begins with one epoch.
  public ReadEpochs() {
    epochs.addLast(new Epoch());
  }

  /// Enters the present epoch; everything published before is seen.
  public Epoch enter() {
    lock.lock();
    try {
      Epoch current = epochs.getLast();
      current.readers++;
      return current;
    } finally {
      lock.unlock();
    }
  }

  /// Leaves an epoch, once per [#enter].
  public void leave(Epoch epoch) {
    List<Runnable> due;
    lock.lock();
    try {
      epoch.readers--;
      due = takeDue();
    } finally {
      lock.unlock();
    }
    due.forEach(Runnable::run);
  }

  /// Begins a new epoch.
  ///
  /// @param whenDrained runs when nobody is left who entered before
  public void advance(Runnable whenDrained) {
    List<Runnable> due;
    lock.lock();
    try {
      epochs.getLast().whenDrained = whenDrained;
      epochs.addLast(new Epoch());
      due = takeDue();
    } finally {
      lock.unlock();
    }
    due.forEach(Runnable::run);
  }

  @GuardedBy("lock")
  private List<Runnable> takeDue() {
    List<Runnable> due = new ArrayList<>();
    while (epochs.size() > 1 && epochs.getFirst().readers == 0) {
      due.add(epochs.removeFirst().whenDrained);
    }
    return due;
  }

  /// A time between two changes.
  public static final class Epoch {
    private int readers;
    private Runnable whenDrained = () -> {};

    private Epoch() {}
  }
}
