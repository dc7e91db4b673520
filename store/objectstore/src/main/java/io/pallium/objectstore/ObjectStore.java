package io.pallium.objectstore;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Named objects that are written whole and read in ranges.
///
/// What every store promises: a put is seen whole or not at all, also after a crash in its midst;
/// once `put` or `delete` has returned, every later read and listing, by whomever, sees it; of
/// concurrent puts with [PutCondition#IF_ABSENT] one succeeds. Clocks of the machines involved do
/// not matter.
///
/// Thread-safe. Calls block and end soon after an interrupt; virtual threads are meant to make
/// them. Every method throws [StoreException] and nothing else.
public interface ObjectStore extends AutoCloseable {
  /// How much of two contents is compared at once.
  int COMPARED_BYTES = 256 << 10;

  /// What it can do beyond this interface's promises.
  Set<Capability> capabilities();

  /// Stores an object, if the condition holds.
  ///
  /// @return the new version; empty if the condition does not hold
  Optional<String> put(String name, ObjectContent content, PutCondition condition);

  /// Reads a range. At the end of the object there may be fewer bytes than asked for, behind it
  /// there are none.
  ///
  /// @param offset 0 or more
  /// @param maxBytes 0 or more; as much may be allocated
  /// @throws StoreException `NOT_FOUND` if there is no such object
  ObjectRange read(String name, long offset, int maxBytes);

  /// One page of names, in the order of their bytes.
  ObjectPage list(ListRequest request);

  /// Removes an object; it is no error if there is none.
  void delete(String name);

  /// @return empty if there is no such object
  Optional<ObjectAttributes> attributes(String name);

  /// Lets go of connections and threads.
  @Override
  void close();

  /// Stores or replaces an object whatever was there.
  ///
  /// @return the new version
  default String put(String name, ObjectContent content) {
    return put(name, content, PutCondition.ALWAYS)
        .orElseThrow(() -> new AssertionError("BUG: an unconditional put was refused"));
  }

  /// A stream over an object, read in pieces as it goes. It fails with `CHANGED` if the object is
  /// replaced meanwhile: never are bytes of two versions mixed.
  ///
  /// @throws StoreException `NOT_FOUND` if there is no such object
  default InputStream open(String name) {
    return new ObjectInputStream(this, name);
  }

  /// Whether an object of this name is there and has exactly these bytes.
  default boolean holds(String name, ObjectContent content) {
    Optional<ObjectAttributes> stored = attributes(name);
    if (stored.isEmpty() || stored.get().lengthBytes() != content.lengthBytes()) {
      return false;
    }
    try (InputStream ours = content.openExactly();
        InputStream theirs = open(name)) {
      while (true) {
        byte[] piece = ours.readNBytes(COMPARED_BYTES);
        if (!Arrays.equals(piece, theirs.readNBytes(COMPARED_BYTES))) {
          return false;
        }
        if (piece.length == 0) {
          return true;
        }
      }
    } catch (StoreException e) {
      if (e.kind() == StoreException.Kind.NOT_FOUND || e.kind() == StoreException.Kind.CHANGED) {
        return false;
      }
      throw e;
    } catch (IOException e) {
      throw new StoreException(StoreException.Kind.INVALID, "compare " + name + ": " + e, e);
    }
  }

  /// All objects whose names begin with `prefix`, page by page as the iteration goes on.
  default Iterable<ObjectAttributes> objects(String prefix) {
    return () -> new ObjectIterator(this, prefix);
  }

  /// The folders right behind `prefix`, each with its `/`.
  default List<String> folders(String prefix) {
    List<String> folders = new ArrayList<>();
    ListRequest request = ListRequest.shallow(prefix);
    while (true) {
      ObjectPage page = list(request);
      folders.addAll(page.folders());
      if (page.isLast()) {
        return folders;
      }
      request = request.at(page.nextCursor());
    }
  }
}
