package io.pallium.objectstore.row;

import io.pallium.objectstore.ListRequest;
import io.pallium.objectstore.Retries;
import io.pallium.objectstore.StoreException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Entries in the rows of a store, with tries, and with swaps whose outcome is known.
///
/// A stamp never comes back. So a swap that is tried again takes place once at most, and after a
/// lost answer the row tells: it is ours, or has followed ours, or is still what we expected (then
/// we try again), or another's who came before us.
final class Rows {
  /// So many that a page of a listing takes one scan: its names, the one that it begins behind, and
  /// one by which it is seen that there are more.
  static final int PAGE_ROWS = ListRequest.MAX_ENTRIES + 2;

  private static final int ROWS_GROWTH = 8;

  private final RowStore store;
  private final Retries retries;

  private final Supplier<String> stamps;

  Rows(RowStore store, Retries retries) {
    this(store, retries, Entry::newStamp);
  }

  Rows(RowStore store, Retries retries, Supplier<String> stamps) {
    this.store = store;
    this.retries = retries;
    this.stamps = stamps;
  }

  /// A stamp that nobody had before.
  String newStamp() {
    return stamps.get();
  }

  /// What became of a swap.
  ///
  /// @param isApplied whether it took place, also if another has replaced it since
  /// @param current what is there instead, if it did not; null for nothing
  record Outcome(boolean isApplied, @Nullable Entry current) {
    private static final Outcome APPLIED = new Outcome(true, null);
  }

  Optional<Entry> read(RowKey key) {
    return retries.call("read row " + key, 0, () -> store.read(key)).map(row -> Entry.of(key, row));
  }

  /// The same after all swaps that are under way.
  Optional<Entry> readBack(RowKey key) {
    return retries
        .call("read row " + key, 0, () -> store.readBack(key))
        .map(row -> Entry.of(key, row));
  }

  /// @param expected what must be there; null for nothing
  /// @param next what comes in its place, with its history
  Outcome swap(RowKey key, @Nullable Entry expected, Entry next) {
    return swap(key, expected, next, () -> {});
  }

  /// @param beforeTry fails if it is too late for another try
  Outcome swap(RowKey key, @Nullable Entry expected, Entry next, Runnable beforeTry) {
    Entry following = next.after(expected);
    AtomicInteger tries = new AtomicInteger();
    return retries.call(
        "swap row " + key,
        0,
        () -> {
          beforeTry.run();
          return trySwap(key, expected, following, tries.getAndIncrement() > 0);
        });
  }

  /// @param wasTried whether an earlier try may have taken place
  private Outcome trySwap(RowKey key, @Nullable Entry expected, Entry next, boolean wasTried) {
    @Nullable StoreException failure = null;
    try {
      if (store.swap(key, expected == null ? null : expected.stamp(), next.row())) {
        return Outcome.APPLIED;
      }
    } catch (StoreException e) {
      if (!e.isRetryable()) {
        throw e;
      }
      failure = e;
    }
    Entry now = store.readBack(key).map(row -> Entry.of(key, row)).orElse(null);
    if (now != null && now.isOrFollows(next.stamp())) {
      return Outcome.APPLIED;
    }
    boolean isAsExpected =
        now == null ? expected == null : expected != null && now.stamp().equals(expected.stamp());
    boolean isHistoryLost = (wasTried || failure != null) && now != null && now.isHistoryFull();
    if (!isAsExpected && !isHistoryLost) {
      return new Outcome(false, now);
    }
    throw new StoreException(
        StoreException.Kind.UNAVAILABLE,
        "row " + key + ": it is not known whether the change took place",
        failure);
  }

  /// Writes the row of an upload; nobody else has its key.
  ///
  /// @param beforeTry fails if it is too late for another try
  void begin(Upload upload, Runnable beforeTry) {
    boolean unused =
        retries.call(
            "begin upload of " + upload.name(),
            0,
            () -> {
              beforeTry.run();
              // False if an earlier try took place.
              return store.swap(upload.key(), null, upload.row());
            });
  }

  /// Removes a row that was read before, if it is still the same.
  void remove(RowKey key, String stamp) {
    boolean unused = retries.call("remove row " + key, 0, () -> store.swap(key, stamp, null));
  }

  /// The rows of a partition from a name on, fetched as the iteration goes.
  ///
  /// @param firstRows how many are fetched at first; more each time, up to [#PAGE_ROWS]
  Iterator<NamedRow> scan(String partition, String from, int firstRows) {
    return new Iterator<>() {
      private Iterator<NamedRow> page = List.<NamedRow>of().iterator();
      private int maxRows = firstRows;
      private String next = from;
      private boolean isLast;

      @Override
      public boolean hasNext() {
        while (!page.hasNext() && !isLast) {
          List<NamedRow> rows =
              retries.call("scan " + partition, 0, () -> store.scan(partition, next, maxRows));
          page = rows.iterator();
          isLast = rows.size() < maxRows;
          maxRows = Math.min(maxRows * ROWS_GROWTH, PAGE_ROWS);
          next = rows.isEmpty() ? next : rows.getLast().name() + '\0';
        }
        return page.hasNext();
      }

      @Override
      public NamedRow next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return page.next();
      }
    };
  }

  /// @param beforeTry fails if it is too late for another try
  void writeSegment(String upload, int index, byte[] bytes, Runnable beforeTry) {
    boolean unused =
        retries.call(
            "write segment " + upload + "/" + index,
            bytes.length,
            () -> {
              beforeTry.run();
              store.writeSegment(upload, index, bytes);
              return true;
            });
  }

  Optional<byte[]> readSegment(String upload, int index) {
    return retries.call(
        "read segment " + upload + "/" + index, 0, () -> store.readSegment(upload, index));
  }

  void deleteSegment(String upload, int index) {
    boolean unused =
        retries.call(
            "delete segment " + upload + "/" + index,
            0,
            () -> {
              store.deleteSegment(upload, index);
              return true;
            });
  }

  void close() {
    store.close();
  }
}
