package io.pallium.tsdb.head;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.pallium.model.MetricMetadata;
import io.pallium.model.Utf8;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// What one tenant's clients said last about each metric family; families over the limit are left
/// out. Thread-safe.
final class MetadataTable {
  private final IntSupplier maxFamilies;
  private final ReentrantLock lock = new ReentrantLock();

  @GuardedBy("lock")
  private final TreeMap<String, MetricMetadata> families = new TreeMap<>(Utf8::compare);

  MetadataTable(IntSupplier maxFamilies) {
    this.maxFamilies = maxFamilies;
  }

  /// Whether an entry says something new, and there is room for it.
  boolean isNew(MetricMetadata entry) {
    lock.lock();
    try {
      MetricMetadata present = families.get(entry.family());
      return present == null ? families.size() < maxFamilies.getAsInt() : !entry.equals(present);
    } finally {
      lock.unlock();
    }
  }

  /// Takes an entry, if it is new.
  ///
  /// @return whether it is there now
  boolean add(MetricMetadata entry) {
    lock.lock();
    try {
      if (isNew(entry)) {
        families.put(entry.family(), entry);
      }
      return families.containsKey(entry.family());
    } finally {
      lock.unlock();
    }
  }

  /// The entries, sorted by family.
  List<MetricMetadata> list(@Nullable String family) {
    lock.lock();
    try {
      if (family == null) {
        return new ArrayList<>(families.values());
      }
      MetricMetadata entry = families.get(family);
      return entry == null ? List.of() : List.of(entry);
    } finally {
      lock.unlock();
    }
  }
}
