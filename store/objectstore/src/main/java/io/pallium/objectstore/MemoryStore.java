package io.pallium.objectstore;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Objects in memory, for tests.
public final class MemoryStore implements ObjectStore {
  private final ConcurrentSkipListMap<String, Stored> objects = new ConcurrentSkipListMap<>();
  private final AtomicLong versions = new AtomicLong();

  private record Stored(byte[] bytes, ObjectAttributes attributes) {}

  @Override
  public Set<Capability> capabilities() {
    return Set.of(Capability.REPLACE_IF_UNCHANGED);
  }

  @Override
  public Optional<String> put(String name, ObjectContent content, PutCondition condition) {
    ObjectName.require(name);
    byte[] bytes;
    try (InputStream in = content.openExactly()) {
      bytes = in.readAllBytes();
    } catch (IOException e) {
      throw new StoreException(StoreException.Kind.INVALID, "put " + name + ": " + e, e);
    }
    String version = Long.toString(versions.incrementAndGet());
    ObjectAttributes attributes =
        new ObjectAttributes(name, bytes.length, System.currentTimeMillis(), version);
    Stored stored = new Stored(bytes, attributes);
    Stored after = objects.compute(name, (_, before) -> holds(condition, before) ? stored : before);
    return after == stored ? Optional.of(version) : Optional.empty();
  }

  private static boolean holds(PutCondition condition, @Nullable Stored before) {
    return switch (condition) {
      case PutCondition.Always _ -> true;
      case PutCondition.IfAbsent _ -> before == null;
      case PutCondition.IfVersion(String version) ->
          before != null && before.attributes.version().equals(version);
    };
  }

  @Override
  public ObjectRange read(String name, long offset, int maxBytes) {
    Stored stored = objects.get(ObjectName.require(name));
    if (stored == null) {
      throw StoreException.notFound(name);
    }
    int from = (int) Math.min(offset, stored.bytes.length);
    int to = (int) Math.min((long) from + maxBytes, stored.bytes.length);
    return new ObjectRange(
        Arrays.copyOfRange(stored.bytes, from, to),
        stored.bytes.length,
        stored.attributes.version());
  }

  @Override
  public ObjectPage list(ListRequest request) {
    List<ObjectAttributes> found = new ArrayList<>();
    List<String> folders = new ArrayList<>();
    String last = request.cursor();
    for (Map.Entry<String, Stored> entry : objects.tailMap(request.prefix()).entrySet()) {
      String name = entry.getKey();
      if (!name.startsWith(request.prefix())) {
        break;
      }
      int slash = request.isShallow() ? name.indexOf('/', request.prefix().length()) : -1;
      String listed = slash < 0 ? name : name.substring(0, slash + 1);
      if (listed.compareTo(last) <= 0) {
        continue;
      }
      if (found.size() + folders.size() == request.maxEntries()) {
        return new ObjectPage(found, folders, last);
      }
      if (slash < 0) {
        found.add(entry.getValue().attributes);
      } else {
        folders.add(listed);
      }
      last = listed;
    }
    return new ObjectPage(found, folders, "");
  }

  @Override
  public void delete(String name) {
    objects.remove(ObjectName.require(name));
  }

  @Override
  public Optional<ObjectAttributes> attributes(String name) {
    return Optional.ofNullable(objects.get(ObjectName.require(name))).map(Stored::attributes);
  }

  @Override
  public void close() {}
}
