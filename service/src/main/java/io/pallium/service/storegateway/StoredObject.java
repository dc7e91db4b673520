package io.pallium.service.storegateway;

import io.pallium.base.CorruptDataException;
import io.pallium.base.PalliumException;
import io.pallium.base.UnavailableException;
import io.pallium.objectstore.ObjectRange;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.StoreException;
import io.pallium.storage.QueryControl;
import io.pallium.tsdb.block.ByteSource;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.Executor;

/// A file of a block in the store. Thread-safe.
///
/// @param local parts of it that lie on the local disk
/// @param threads runs reads of queries; they block
record StoredObject(
    ObjectStore store,
    String name,
    long lengthBytes,
    LocalParts local,
    Executor threads,
    StoreGatewayMetrics metrics)
    implements ByteSource {
  /// What is read at once where nothing was planned.
  static final int LEAST_BYTES = 64 << 10;

  /// Parts of an object that are at hand. Thread-safe.
  interface LocalParts {
    /// None.
    LocalParts NONE = (_, _) -> new Window(MemorySegment.NULL, 0);

    /// The part that has a range; one without bytes if none has all of it.
    Window find(long offset, long lengthBytes);
  }

  @Override
  public Window window(long offset, long neededBytes) {
    Window found = local.find(offset, neededBytes);
    return found.bytes().byteSize() > 0
        ? found
        : new Window(fetch(offset, unplanned(offset, neededBytes)), offset);
  }

  /// How much to read where so much is needed.
  int unplanned(long offset, long neededBytes) {
    return Math.toIntExact(Math.min(lengthBytes - offset, Math.max(neededBytes, LEAST_BYTES)));
  }

  @Override
  public boolean isFar() {
    return true;
  }

  @Override
  public ByteSource forQuery(QueryControl control) {
    return new QueryReads(this, control);
  }

  /// Reads a range, all of it.
  ///
  /// @throws UnavailableException if the store does not give it
  /// @throws CorruptDataException if the object is shorter than it was
  MemorySegment fetch(long offset, int wantedBytes) {
    metrics.fetches.inc();
    metrics.fetchedBytes.inc(wantedBytes);
    try {
      ObjectRange range = store.read(name, offset, wantedBytes);
      if (range.bytes().length != wantedBytes) {
        throw new CorruptDataException(
            "%s in the store has %d bytes, it had %d"
                .formatted(name, range.objectBytes(), lengthBytes));
      }
      return MemorySegment.ofArray(range.bytes()).asReadOnly();
    } catch (StoreException e) {
      throw failure(name, e);
    }
  }

  /// What a query that needs an object hears when the store does not give it.
  static PalliumException failure(String name, StoreException e) {
    String text = name + " cannot be read from the store: " + e.getMessage();
    return e.kind() == StoreException.Kind.CORRUPT
        ? new CorruptDataException(text, e)
        : new UnavailableException(text, e);
  }
}
