package io.pallium.objectstore;

import java.io.InputStream;
import java.util.Objects;

/// An object of any size as a stream: ranges of one version, one after the other. Confined.
final class ObjectInputStream extends InputStream {
  private static final int PIECE_BYTES = 8 << 20;

  private final ObjectStore store;
  private final String name;
  private ObjectRange piece;
  private long pieceOffset;
  private int at;

  ObjectInputStream(ObjectStore store, String name) {
    this.store = store;
    this.name = name;
    this.piece = store.read(name, 0, PIECE_BYTES);
  }

  @Override
  public int read() {
    return hasBytes() ? piece.bytes()[at++] & 0xff : -1;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length == 0) {
      return 0;
    }
    if (!hasBytes()) {
      return -1;
    }
    int count = Math.min(length, piece.bytes().length - at);
    System.arraycopy(piece.bytes(), at, target, offset, count);
    at += count;
    return count;
  }

  @Override
  public int available() {
    return piece.bytes().length - at;
  }

  /// Makes the next piece the current one if this one is used up.
  private boolean hasBytes() {
    if (at < piece.bytes().length) {
      return true;
    }
    long end = pieceOffset + piece.bytes().length;
    if (end >= piece.objectBytes()) {
      return false;
    }
    ObjectRange following = next(end);
    if (!following.version().equals(piece.version())) {
      throw changed();
    }
    if (following.bytes().length == 0) {
      throw new StoreException(
          StoreException.Kind.CORRUPT,
          "object \"" + name + "\" ends at " + end + " of " + piece.objectBytes() + " bytes");
    }
    piece = following;
    pieceOffset = end;
    at = 0;
    return true;
  }

  private ObjectRange next(long offset) {
    try {
      return store.read(name, offset, PIECE_BYTES);
    } catch (StoreException e) {
      if (e.kind() == StoreException.Kind.NOT_FOUND) {
        throw changed();
      }
      throw e;
    }
  }

  private StoreException changed() {
    return new StoreException(
        StoreException.Kind.CHANGED, "object \"" + name + "\" changed while it was read");
  }
}
