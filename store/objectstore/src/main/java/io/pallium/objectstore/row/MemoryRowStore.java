package io.pallium.objectstore.row;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Rows and segments in memory, for tests. Every method is atomic.
public final class MemoryRowStore implements RowStore {
  private final Map<String, TreeMap<String, Row>> partitions = new TreeMap<>();
  private final Map<String, TreeMap<Integer, byte[]>> segments = new TreeMap<>();

  @Override
  public synchronized Optional<Row> read(RowKey key) {
    return Optional.ofNullable(partition(key.partition()).get(key.name()));
  }

  @Override
  public synchronized List<NamedRow> scan(String partition, String from, int maxRows) {
    List<NamedRow> found = new ArrayList<>();
    for (Map.Entry<String, Row> row : partition(partition).tailMap(from, true).entrySet()) {
      if (found.size() == maxRows) {
        break;
      }
      found.add(new NamedRow(row.getKey(), row.getValue()));
    }
    return found;
  }

  @Override
  public synchronized boolean swap(RowKey key, @Nullable String expectedStamp, @Nullable Row next) {
    TreeMap<String, Row> rows = partitions.computeIfAbsent(key.partition(), _ -> new TreeMap<>());
    Row before = rows.get(key.name());
    if (!Objects.equals(before == null ? null : before.stamp(), expectedStamp)) {
      return false;
    }
    if (next == null) {
      rows.remove(key.name());
    } else {
      rows.put(key.name(), next);
    }
    return true;
  }

  @Override
  public synchronized void writeSegment(String upload, int index, byte[] bytes) {
    segments.computeIfAbsent(upload, _ -> new TreeMap<>()).put(index, bytes);
  }

  @Override
  public synchronized Optional<byte[]> readSegment(String upload, int index) {
    return Optional.ofNullable(segments.getOrDefault(upload, new TreeMap<>()).get(index));
  }

  @Override
  public synchronized void deleteSegment(String upload, int index) {
    TreeMap<Integer, byte[]> left = segments.get(upload);
    if (left != null) {
      left.remove(index);
      if (left.isEmpty()) {
        segments.remove(upload);
      }
    }
  }

  /// All rows there are.
  synchronized List<RowKey> keys() {
    List<RowKey> keys = new ArrayList<>();
    partitions.forEach(
        (partition, rows) -> rows.keySet().forEach(name -> keys.add(new RowKey(partition, name))));
    return keys;
  }

  /// The uploads that have segments.
  synchronized Set<String> uploadsWithSegments() {
    return new TreeSet<>(segments.keySet());
  }

  @Override
  public void close() {}

  private NavigableMap<String, Row> partition(String partition) {
    return partitions.getOrDefault(partition, new TreeMap<>());
  }
}
