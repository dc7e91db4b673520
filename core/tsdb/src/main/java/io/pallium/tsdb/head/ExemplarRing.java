package io.pallium.tsdb.head;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.pallium.model.Labels;
import io.pallium.model.RejectReason;
import io.pallium.tsdb.log.CheckpointContent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// The last exemplars of one tenant: a ring that forgets the oldest. One that repeats the newest of
/// its series, or is older, is left out, since senders repeat them with every scrape. Thread-safe.
final class ExemplarRing {
  /// What is kept of one.
  record Exemplar(long logRef, long timestampMs, long valueBits, Labels labels) {}

  private final IntSupplier capacity;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private @Nullable Exemplar[] ring = new Exemplar[0];

  @GuardedBy("lock")
  private int next;

  @GuardedBy("lock")
  private final Map<Long, Exemplar> newest = new HashMap<>();

  /// @param capacity the most that is kept; asked again with each exemplar
  ExemplarRing(IntSupplier capacity) {
    this.capacity = capacity;
  }

  /// Whether an exemplar is newer than those of its series, and there is room for any.
  boolean isNew(long logRef, long timestampMs) {
    lock.lock();
    try {
      return capacity() > 0 && isNewer(logRef, timestampMs);
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private boolean isNewer(long logRef, long timestampMs) {
    Exemplar last = newest.get(logRef);
    return last == null || last.timestampMs < timestampMs;
  }

  /// Takes an exemplar, if it is new.
  ///
  /// @return why it is not kept; null if it is, or was already
  @Nullable RejectReason add(long logRef, long timestampMs, long valueBits, Labels labels) {
    lock.lock();
    try {
      int size = capacity();
      if (size == 0) {
        return RejectReason.EXEMPLARS_OFF;
      }
      Exemplar exemplar = new Exemplar(logRef, timestampMs, valueBits, labels);
      if (!isNewer(logRef, timestampMs)) {
        return exemplar.equals(newest.get(logRef)) ? null : RejectReason.EXEMPLAR_OUT_OF_ORDER;
      }
      resize(size);
      Exemplar oldest = ring[next];
      if (oldest != null) {
        newest.remove(oldest.logRef, oldest);
      }
      ring[next] = exemplar;
      next = (next + 1) % size;
      newest.put(logRef, exemplar);
      return null;
    } finally {
      lock.unlock();
    }
  }

  /// Keeps the newest, if the capacity is another than before.
  @GuardedBy("lock")
  private void resize(int size) {
    if (ring.length == size) {
      return;
    }
    List<Exemplar> kept = list();
    int dropped = Math.max(0, kept.size() - size);
    for (Exemplar oldest : kept.subList(0, dropped)) {
      newest.remove(oldest.logRef, oldest);
    }
    ring = kept.subList(dropped, kept.size()).toArray(new Exemplar[size]);
    next = (kept.size() - dropped) % size;
  }

  /// Hands all that is kept to a checkpoint, the oldest first.
  void writeTo(CheckpointContent.Sink sink) {
    for (Exemplar exemplar : list()) {
      sink.exemplar(exemplar.logRef, exemplar.timestampMs, exemplar.valueBits, exemplar.labels);
    }
  }

  /// All that is kept, in the order in which it came; those of one series in order of time.
  List<Exemplar> list() {
    @Nullable Exemplar[] kept;
    int from;
    lock.lock();
    try {
      kept = ring.clone();
      from = next;
    } finally {
      lock.unlock();
    }
    List<Exemplar> list = new ArrayList<>();
    for (int i = 0; i < kept.length; i++) {
      Exemplar exemplar = kept[(from + i) % kept.length];
      if (exemplar != null) {
        list.add(exemplar);
      }
    }
    return list;
  }

  /// The most that is kept.
  int capacity() {
    return capacity.getAsInt();
  }
}
