package io.pallium.tsdb.head;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.pallium.model.Labels;
import io.pallium.tsdb.log.LogDefinitions;
import io.pallium.tsdb.log.LogRecordWriter;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The last exemplars of one tenant: a ring that forgets the oldest. One that repeats the newest of
/// its series, or is older, is left out, since senders repeat them with every scrape. Thread-safe.
final class ExemplarRing {
  private record Exemplar(long logRef, long timestampMs, long valueBits, Labels labels) {}

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

  /// Takes an exemplar, and adds it to a record of the log if it is new.
  ///
  /// @return whether it is new
  boolean addTo(
      LogRecordWriter record, long logRef, long timestampMs, long valueBits, Labels labels) {
    boolean isNew = add(logRef, timestampMs, valueBits, labels);
    if (isNew) {
      record.exemplar(logRef, timestampMs, valueBits, labels);
    }
    return isNew;
  }

  /// Takes an exemplar.
  ///
  /// @return whether it is new
  boolean add(long logRef, long timestampMs, long valueBits, Labels labels) {
    if (capacity == 0) {
      return false;
    }
    Exemplar exemplar = new Exemplar(logRef, timestampMs, valueBits, labels);
    lock.lock();
    try {
      Exemplar last = newest.get(logRef);
      if (last != null && last.timestampMs >= timestampMs) {
        return false;
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
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Hands all that is kept to a checkpoint, the oldest first.
  void writeTo(LogDefinitions.Sink sink) {
    @Nullable Exemplar[] kept;
    int from;
    lock.lock();
    try {
      kept = ring.clone();
      from = next;
    } finally {
      lock.unlock();
    }
    for (int i = 0; i < kept.length; i++) {
      Exemplar exemplar = kept[(from + i) % kept.length];
      if (exemplar != null) {
        sink.exemplar(exemplar.logRef, exemplar.timestampMs, exemplar.valueBits, exemplar.labels);
      }
    }
  }

  int count() {
    lock.lock();
    try {
      int count = 0;
      for (Exemplar exemplar : ring) {
        count += exemplar == null ? 0 : 1;
      }
      return count;
    } finally {
      lock.unlock();
    }
  }
}
