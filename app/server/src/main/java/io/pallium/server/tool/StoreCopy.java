package io.pallium.server.tool;

import io.pallium.bucket.StoreIdentity;
import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectName;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.StoreException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Optional;

/// Copies objects from one store to another, one after the other, and compares what arrived.
final class StoreCopy {
  private final ObjectStore source;
  private final ObjectStore target;
  private final PrintStream progress;
  private long copied;
  private long same;
  private long skipped;
  private long bytes;

  StoreCopy(ObjectStore source, ObjectStore target, PrintStream progress) {
    this.source = source;
    this.target = target;
    this.progress = progress;
  }

  /// @return false if a name of the source can be no object's name; everything else is copied
  /// @throws StoreException if the target is another store by its id
  boolean run(String prefix) {
    requireSame();
    boolean isIdCopied = false;
    for (ObjectAttributes object : source.objects(prefix)) {
      if (object.name().equals(StoreIdentity.NAME)) {
        // Last: without it a copy that was broken off is not taken for the store.
        isIdCopied = true;
      } else if (!ObjectName.isLegal(object.name())) {
        skipped++;
        progress.println("left out, it is no name for an object: " + object.name());
      } else {
        copy(object, contentOf(source, object.name()));
      }
    }
    if (isIdCopied) {
      ObjectAttributes id =
          source
              .attributes(StoreIdentity.NAME)
              .orElseThrow(() -> StoreException.notFound(StoreIdentity.NAME));
      copy(id, contentOf(source, StoreIdentity.NAME));
    }
    progress.printf(
        "%d objects copied (%d bytes), %d there already, %d left out%n",
        copied, bytes, same, skipped);
    return skipped == 0;
  }

  private void requireSame() {
    Optional<String> from = StoreIdentity.read(source);
    Optional<String> to = StoreIdentity.read(target);
    if (to.isPresent() && !to.equals(from)) {
      throw new StoreException(
          StoreException.Kind.INVALID,
          "the target is store %s, and the source %s: what two stores have does not become one; to go on all the same, remove %s from the target"
              .formatted(to.get(), from.orElse("has no id"), StoreIdentity.NAME));
    }
  }

  private void copy(ObjectAttributes object, ObjectContent content) {
    if (target.holds(object.name(), content)) {
      same++;
      return;
    }
    String unused = target.put(object.name(), content);
    if (!target.holds(object.name(), content)) {
      throw new StoreException(
          StoreException.Kind.CORRUPT,
          "object \"" + object.name() + "\" is another after it was copied");
    }
    copied++;
    bytes += object.lengthBytes();
    progress.printf("%d  %d  %s%n", copied, object.lengthBytes(), object.name());
  }

  /// An object as content for another.
  static ObjectContent contentOf(ObjectStore store, String name) {
    long lengthBytes =
        store.attributes(name).orElseThrow(() -> StoreException.notFound(name)).lengthBytes();
    return new ObjectContent() {
      @Override
      public long lengthBytes() {
        return lengthBytes;
      }

      @Override
      public InputStream open() {
        return store.open(name);
      }
    };
  }
}
