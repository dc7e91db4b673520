package io.pallium.objectstore.lease;

import io.pallium.base.clock.TimeSource;
import io.pallium.objectstore.Capability;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectName;
import io.pallium.objectstore.ObjectRange;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.PutCondition;
import io.pallium.objectstore.StoreException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Leases as objects: `v1 <token> <holder> <count of renewals>`, or `-` for the holder of one that
/// was released. The objects stay, since they keep the tokens.
///
/// No two clocks are compared. Who wants a lease that another holds remembers its version, and
/// takes it when that has not changed for the duration by his own clock. So all who share leases
/// must have the same duration, and a new process waits for it once. In process, the same on a
/// `MemoryStore`.
///
/// Thread-safe.
public final class StoreLeases implements Leases {
  private static final String VERSION = "v1";
  private static final String NOBODY = "-";
  private static final int MAX_BYTES = 1000;

  private final ObjectStore store;
  private final Duration duration;
  private final TimeSource time;
  private final Map<String, Seen> seen = new ConcurrentHashMap<>();

  /// A version of a lease of another, and when it was first seen.
  private record Seen(String version, long sinceNanos) {}

  /// What a lease's object says.
  private record Content(long token, String holder, long renewals) {
    ObjectContent bytes() {
      String text = VERSION + " " + token + " " + holder + " " + renewals;
      return ObjectContent.of(text.getBytes(StandardCharsets.US_ASCII));
    }
  }

  /// @param store must be able to replace if unchanged
  /// @param duration how long a lease holds without being renewed
  public StoreLeases(ObjectStore store, Duration duration, TimeSource time) {
    if (!store.capabilities().contains(Capability.REPLACE_IF_UNCHANGED)) {
      throw new StoreException(
          StoreException.Kind.MISCONFIGURED,
          "leases need a store that can replace an object if it is unchanged");
    }
    this.store = store;
    this.duration = duration;
    this.time = time;
  }

  @Override
  public Optional<Lease> tryAcquire(String name) {
    ObjectName.require(name);
    ObjectRange found = readOrNull(name);
    if (found == null) {
      return write(name, new Content(1, newHolder(), 0), PutCondition.IF_ABSENT);
    }
    Content content = parse(name, found);
    if (!content.holder.equals(NOBODY) && !isOver(name, found.version())) {
      return Optional.empty();
    }
    Content next = new Content(content.token + 1, newHolder(), 0);
    return write(name, next, new PutCondition.IfVersion(found.version()));
  }

  private Optional<Lease> write(String name, Content content, PutCondition condition) {
    long startNanos = time.nowNanos();
    Optional<String> version = store.put(name, content.bytes(), condition);
    if (version.isPresent()) {
      seen.remove(name);
    }
    return version.map(written -> new Held(name, content, written, startNanos));
  }

  private @Nullable ObjectRange readOrNull(String name) {
    try {
      return store.read(name, 0, MAX_BYTES);
    } catch (StoreException e) {
      if (e.kind() == StoreException.Kind.NOT_FOUND) {
        return null;
      }
      throw e;
    }
  }

  private boolean isOver(String name, String version) {
    long nowNanos = time.nowNanos();
    Seen known =
        seen.compute(
            name,
            (_, before) ->
                before != null && before.version.equals(version)
                    ? before
                    : new Seen(version, nowNanos));
    return nowNanos - known.sinceNanos >= duration.toNanos();
  }

  private static String newHolder() {
    return UUID.randomUUID().toString();
  }

  private static Content parse(String name, ObjectRange found) {
    String text = new String(found.bytes(), StandardCharsets.US_ASCII);
    String[] parts = text.split(" ", -1);
    if (parts.length == 4 && parts[0].equals(VERSION)) {
      try {
        return new Content(Long.parseLong(parts[1]), parts[2], Long.parseLong(parts[3]));
      } catch (NumberFormatException _) {
        // Said below.
      }
    }
    throw new StoreException(
        StoreException.Kind.CORRUPT, "object \"" + name + "\" is no lease: \"" + text + "\"");
  }

  /// A lease that was taken here. Guarded by itself.
  private final class Held implements Lease {
    private final String name;
    private Content content;
    private String version;
    private long renewedNanos;
    private boolean isLost;

    Held(String name, Content content, String version, long renewedNanos) {
      this.name = name;
      this.content = content;
      this.version = version;
      this.renewedNanos = renewedNanos;
    }

    @Override
    public synchronized long token() {
      return content.token;
    }

    @Override
    public synchronized boolean renew() {
      return swap(new Content(content.token, content.holder, content.renewals + 1));
    }

    @Override
    public synchronized void release() {
      boolean unused = swap(new Content(content.token, NOBODY, content.renewals + 1));
      isLost = true;
    }

    /// Others may take it when the duration is over: then it is lost, whether they have or not.
    private boolean swap(Content next) {
      long nowNanos = time.nowNanos();
      if (isLost || nowNanos - renewedNanos >= duration.toNanos()) {
        isLost = true;
        return false;
      }
      Optional<String> written = store.put(name, next.bytes(), new PutCondition.IfVersion(version));
      if (written.isEmpty()) {
        isLost = true;
        return false;
      }
      content = next;
      version = written.get();
      renewedNanos = nowNanos;
      return true;
    }
  }
}
