package io.pallium.tsdb.head;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.pallium.model.Labels;
import io.pallium.model.RejectReason;
import io.pallium.tsdb.log.LogDefinitions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The last exemplars of one tenant: a ring that forgets the oldest. One that repeats the newest of
/// its series, or is older, is left out, since senders repeat them with every scrape. Thread-safe.
final class ExemplarRing {
  /// What is kept of one.
  record Exemplar(long logRef, long timestampMs, long valueBits, Labels labels) {}

  private final int capacity;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private @Nullable Exemplar[] ring = new Exemplar[0];

  @GuardedBy("lock")
  private int next;

  @GuardedBy("lock")
  private final Map<Long, Exemplar> newest = new HashMap<>();

  ExemplarRing(int capacity) {
    this.capacity = capacity;
  }

  /// Whether an exemplar is newer than those of its series, and there is room for any.
  boolean isNew(long logRef, long timestampMs) {
    lock.lock();
    try {
      Exemplar last = newest.get(logRef);
      return capacity > 0 && (last == null || last.timestampMs < timestampMs);
    } finally {
      lock.unlock();
    }
  }

  /// Takes an exemplar, if it is new.
  ///
  /// @return why it is not kept; null if it is, or was already
  @Nullable RejectReason add(long logRef, long timestampMs, long valueBits, Labels labels) {
    lock.lock();
    try {
      Exemplar exemplar = new Exemplar(logRef, timestampMs, valueBits, labels);
      if (!isNew(logRef, timestampMs)) {
        return refusal(exemplar);
      }
      if (ring.length == 0) {
        ring = new Exemplar[capacity];
      }
      Exemplar oldest = ring[next];
      if (oldest != null) {
        newest.remove(oldest.logRef, oldest);
      }
      ring[next] = exemplar;
      next = (next + 1) % capacity;
      newest.put(logRef, exemplar);
      return null;
    } finally {
      lock.unlock();
    }
  }

  @GuardedBy("lock")
  private @Nullable RejectReason refusal(Exemplar exemplar) {
    if (capacity == 0) {
      return RejectReason.EXEMPLARS_OFF;
    }
    return exemplar.equals(newest.get(exemplar.logRef)) ? null : RejectReason.EXEMPLAR_OUT_OF_ORDER;
  }

  /// Hands all that is kept to a checkpoint, the oldest first.
  void writeTo(LogDefinitions.Sink sink) {
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
    return capacity;
  }
}
