package io.pallium.objectstore.layer;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectRange;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.PutCondition;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Keeps what was read in memory, in aligned pieces of 64 KiB, up to a number of bytes. Only
/// objects that others never replace are kept; writes and deletes that go through this store are
/// followed.
///
/// A read asks the inner store once for each run of pieces that are missing.
public final class CachedStore extends LayeredStore {
  private static final int PIECE_BYTES = 64 << 10;
  private static final int PIECE_OVERHEAD_BYTES = 200;

  private final Predicate<String> isImmutable;
  private final Cache<Key, ObjectRange> pieces;

  private record Key(String name, long index) {}

  /// @param maxBytes the memory that pieces may take
  /// @param isImmutable whether an object of this name is written once and then only deleted
  public CachedStore(ObjectStore inner, long maxBytes, Predicate<String> isImmutable) {
    super(inner);
    this.isImmutable = isImmutable;
    this.pieces =
        Caffeine.newBuilder()
            .maximumWeight(maxBytes)
            .<Key, ObjectRange>weigher((_, piece) -> piece.bytes().length + PIECE_OVERHEAD_BYTES)
            .executor(Runnable::run)
            .build();
  }

  @Override
  public Optional<String> put(String name, ObjectContent content, PutCondition condition) {
    try {
      return super.put(name, content, condition);
    } finally {
      forget(name);
    }
  }

  @Override
  public void delete(String name) {
    try {
      super.delete(name);
    } finally {
      forget(name);
    }
  }

  @Override
  public ObjectRange read(String name, long offset, int maxBytes) {
    if (maxBytes == 0 || !isImmutable.test(name)) {
      return super.read(name, offset, maxBytes);
    }
    ObjectRange range = readPieces(name, offset, maxBytes);
    return range == null ? super.read(name, offset, maxBytes) : range;
  }

  /// @return null if the pieces turn out to be of different versions
  private @Nullable ObjectRange readPieces(String name, long offset, int maxBytes) {
    long end = offset + maxBytes;
    byte[] bytes = new byte[0];
    ObjectRange first = null;
    for (long index = offset / PIECE_BYTES; first == null || index * PIECE_BYTES < end; ) {
      ObjectRange run = pieces.getIfPresent(new Key(name, index));
      if (run == null) {
        run = fetch(name, index, end);
      }
      if (first == null) {
        first = run;
        end = Math.clamp(run.objectBytes(), offset, end);
        bytes = new byte[(int) (end - offset)];
      } else if (!first.version().equals(run.version())) {
        forget(name);
        return null;
      }
      copy(run, index * PIECE_BYTES, bytes, offset);
      index += Math.max(1, Math.ceilDiv(run.bytes().length, PIECE_BYTES));
    }
    return new ObjectRange(bytes, first.objectBytes(), first.version());
  }

  /// Reads the missing pieces from one on, up to the first that is there.
  private ObjectRange fetch(String name, long index, long end) {
    long until = index + 1;
    while (until * PIECE_BYTES < end && pieces.getIfPresent(new Key(name, until)) == null) {
      until++;
    }
    ObjectRange run =
        super.read(
            name,
            index * PIECE_BYTES,
            (int) Math.min((until - index) * PIECE_BYTES, Integer.MAX_VALUE - 8));
    for (int from = 0; from < run.bytes().length; from += PIECE_BYTES) {
      int to = Math.min(from + PIECE_BYTES, run.bytes().length);
      pieces.put(
          new Key(name, index + from / PIECE_BYTES),
          new ObjectRange(
              Arrays.copyOfRange(run.bytes(), from, to), run.objectBytes(), run.version()));
    }
    return run;
  }

  private static void copy(ObjectRange run, long runOffset, byte[] target, long targetOffset) {
    long from = Math.max(runOffset, targetOffset);
    long to = Math.min(runOffset + run.bytes().length, targetOffset + target.length);
    if (from < to) {
      System.arraycopy(
          run.bytes(),
          (int) (from - runOffset),
          target,
          (int) (from - targetOffset),
          (int) (to - from));
    }
  }

  /// Keeps nothing of the objects whose names begin with a prefix.
  public void forget(String prefix) {
    pieces.asMap().keySet().removeIf(key -> key.name.startsWith(prefix));
  }
}
