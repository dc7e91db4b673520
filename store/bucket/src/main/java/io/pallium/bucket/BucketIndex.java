package io.pallium.bucket;

import io.pallium.base.CorruptDataException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What a tenant has in a store: its blocks, and which of them are going to be deleted. Immutable.
/// Source: docs/formats/bucket.md.
///
/// @param blocks in order of time
/// @param marks blocks that go soon
public record BucketIndex(List<StoredBlock> blocks, List<Mark> marks) {
  /// Of a tenant that has nothing.
  public static final BucketIndex EMPTY = new BucketIndex(List.of(), List.of());

  private static final ObjectMapper JSON = JsonMapper.builder().build();
  private static final int VERSION = 1;
  private static final int MAX_BYTES = 256 << 20;
  private static final String NUMBERED = "1b6d";

  /// A block that goes soon.
  ///
  /// @param sinceSeconds when that was decided
  /// @param isExpired whether because it is past its retention; else others took its place
  public record Mark(String ulid, long sinceSeconds, boolean isExpired) {}

  public BucketIndex {
    List<StoredBlock> ordered = new ArrayList<>(blocks);
    ordered.sort(Comparator.comparingLong(StoredBlock::minTimeMs).thenComparing(StoredBlock::ulid));
    blocks = List.copyOf(ordered);
    marks = List.copyOf(marks);
  }

  /// Whether all of these blocks are there, and none of them goes soon.
  public boolean lists(Collection<String> ulids) {
    Set<String> present = new HashSet<>();
    blocks.forEach(block -> present.add(block.ulid()));
    marks.forEach(mark -> present.remove(mark.ulid()));
    return present.containsAll(ulids);
  }

  /// With one block more, or with another entry for one that is there.
  public BucketIndex with(StoredBlock block) {
    List<StoredBlock> next = new ArrayList<>(blocks);
    next.removeIf(present -> present.ulid().equals(block.ulid()));
    next.add(block);
    return new BucketIndex(next, marks);
  }

  /// With another version of the tombstones of a block, if that is still listed.
  public BucketIndex withDeletions(String ulid, String stamp) {
    return new BucketIndex(
        blocks.stream()
            .map(block -> block.ulid().equals(ulid) ? block.withDeletions(stamp) : block)
            .toList(),
        marks);
  }

  /// Without blocks, and without their marks.
  public BucketIndex without(Set<String> ulids) {
    return new BucketIndex(
        blocks.stream().filter(block -> !ulids.contains(block.ulid())).toList(),
        marks.stream().filter(mark -> !ulids.contains(mark.ulid())).toList());
  }

  /// With marks for those blocks that end before a time, and without the marks of those that do not
  /// and were marked because they did once.
  public BucketIndex expiredBefore(long beforeMs, long nowSeconds) {
    Set<String> expired = new HashSet<>();
    for (StoredBlock block : blocks) {
      if (block.maxTimeMs() <= beforeMs) {
        expired.add(block.ulid());
      }
    }
    List<Mark> next = new ArrayList<>();
    for (Mark mark : marks) {
      if (!mark.isExpired || expired.contains(mark.ulid)) {
        next.add(mark);
        expired.remove(mark.ulid);
      }
    }
    expired.stream().sorted().forEach(ulid -> next.add(new Mark(ulid, nowSeconds, true)));
    return new BucketIndex(blocks, next);
  }

  /// The names of the blocks that have a mark from before a time.
  public Set<String> markedBefore(long seconds) {
    Set<String> found = new HashSet<>();
    for (Mark mark : marks) {
      if (mark.sinceSeconds < seconds) {
        found.add(mark.ulid);
      }
    }
    return found;
  }

  /// The content of the object.
  byte[] toBytes(long nowSeconds) {
    ObjectNode root = JSON.createObjectNode();
    root.put("version", VERSION);
    ArrayNode listed = root.putArray("blocks");
    for (StoredBlock block : blocks) {
      ObjectNode node = listed.addObject();
      node.put("block_id", block.ulid());
      node.put("min_time", block.minTimeMs());
      node.put("max_time", block.maxTimeMs());
      if (block.segments() > 0) {
        node.put("segments_format", NUMBERED);
        node.put("segments_num", block.segments());
      }
      node.put("uploaded_at", block.uploadedAtSeconds());
      if (!block.deletions().isEmpty()) {
        node.put("pallium_deletions", block.deletions());
      }
    }
    ArrayNode marked = root.putArray("block_deletion_marks");
    for (Mark mark : marks) {
      ObjectNode node = marked.addObject();
      node.put("block_id", mark.ulid);
      node.put("deletion_time", mark.sinceSeconds);
      if (mark.isExpired) {
        node.put("pallium_expired", true);
      }
    }
    root.put("updated_at", nowSeconds);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream zipped = new GZIPOutputStream(bytes)) {
      zipped.write(JSON.writeValueAsBytes(root));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /// Reads the content of the object. What Cortex says beyond this is passed over.
  ///
  /// @throws CorruptDataException if it is none, or of an unknown version
  static BucketIndex parse(byte[] bytes) {
    JsonNode root;
    try (GZIPInputStream zipped = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      byte[] text = zipped.readNBytes(MAX_BYTES + 1);
      if (text.length > MAX_BYTES) {
        throw new CorruptDataException("a bucket index has more than 256 MiB");
      }
      root = JSON.readTree(text);
    } catch (IOException | JacksonException e) {
      throw new CorruptDataException("a bucket index is not gzipped JSON: " + e.getMessage(), e);
    }
    if (root.path("version").asInt(0) != VERSION) {
      throw new CorruptDataException(
          "a bucket index has version " + root.path("version") + ", known is 1");
    }
    List<StoredBlock> blocks = new ArrayList<>();
    for (JsonNode node : root.path("blocks")) {
      blocks.add(
          new StoredBlock(
              text(node, "block_id"),
              number(node, "min_time"),
              number(node, "max_time"),
              node.path("segments_num").asInt(0),
              node.path("uploaded_at").asLong(0),
              node.path("pallium_deletions").asString("")));
    }
    List<Mark> marks = new ArrayList<>();
    for (JsonNode node : root.path("block_deletion_marks")) {
      marks.add(
          new Mark(
              text(node, "block_id"),
              number(node, "deletion_time"),
              node.path("pallium_expired").asBoolean(false)));
    }
    return new BucketIndex(blocks, marks);
  }

  private static String text(JsonNode node, String name) {
    String text = node.path(name).asString("");
    if (text.isEmpty()) {
      throw new CorruptDataException("a bucket index has an entry without " + name);
    }
    return text;
  }

  private static long number(JsonNode node, String name) {
    JsonNode number = node.path(name);
    if (!number.isIntegralNumber() || !number.canConvertToLong()) {
      throw new CorruptDataException("a bucket index has an entry without a number " + name);
    }
    return number.asLong();
  }
}
