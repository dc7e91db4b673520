package io.pallium.tsdb.block;

import io.pallium.storage.QueryControl;
import java.lang.foreign.MemorySegment;

/// Bytes that can be read by range: a mapped file, or an object in a store. Thread-safe; usable
/// until it is closed, or the [BlockFiles] that opened it are.
public interface ByteSource extends AutoCloseable {
  /// Some bytes of a source, which never change.
  ///
  /// @param start where they are in the source
  record Window(MemorySegment bytes, long start) {
    /// The offset after the last byte.
    public long end() {
      return start + bytes.byteSize();
    }
  }

  /// A path or an address, for messages.
  String name();

  long lengthBytes();

  /// The bytes `[offset, offset + lengthBytes)`, which lie within the source, and whatever is at
  /// hand around them. They are valid as long as the source is.
  ///
  /// @throws io.pallium.base.UnavailableException if they cannot be had at the moment
  Window window(long offset, long lengthBytes);

  /// Whether reading takes so long that it pays to [#plan] it.
  default boolean isFar() {
    return false;
  }

  /// Says that a range is going to be read, so that it is fetched together with what lies close to
  /// it. Nothing is read yet.
  ///
  /// @param lengthBytes an estimate; may reach beyond the source
  default void plan(long offset, long lengthBytes) {}

  /// This source as one query reads it: what it fetches is reserved from the budget of the query.
  /// Whoever asked closes it.
  default ByteSource forQuery(QueryControl control) {
    return this;
  }

  /// Lets go of what was fetched for a query; nothing else.
  @Override
  default void close() {}
}
