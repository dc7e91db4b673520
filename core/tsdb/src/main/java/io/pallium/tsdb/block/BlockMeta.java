package io.pallium.tsdb.block;

import io.pallium.base.CorruptDataException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32C;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The `meta.json` of a block. Source: docs/formats/block.md.
///
/// @param minTimeMs the first time covered
/// @param maxTimeMs the time after the last one covered: exclusive, as in the file
public record BlockMeta(
    String ulid, long minTimeMs, long maxTimeMs, BlockStats stats, BlockLineage lineage) {

  private static final ObjectMapper JSON = JsonMapper.builder().build();
  private static final int VERSION = 1;
  private static final int MAX_FILE_BYTES = 64 << 20;

  /// Whether a sample of `[minMs, maxMs]`, both inclusive, can be in the block.
  public boolean overlaps(long minMs, long maxMs) {
    return minTimeMs <= maxMs && maxTimeMs > minMs;
  }

  /// The content of the file. Prometheus ignores what it does not know, so our own checksum over
  /// the rest rides along.
  byte[] toJson() {
    ObjectNode root = JSON.createObjectNode();
    root.put("ulid", ulid);
    root.put("minTime", minTimeMs);
    root.put("maxTime", maxTimeMs);
    ObjectNode counts = root.putObject("stats");
    counts.put("numSamples", stats.samples());
    counts.put("numFloatSamples", stats.floatSamples());
    counts.put("numHistogramSamples", stats.histogramSamples());
    counts.put("numSeries", stats.series());
    counts.put("numChunks", stats.chunks());
    ObjectNode compaction = root.putObject("compaction");
    compaction.put("level", lineage.level());
    lineage.sources().forEach(compaction.putArray("sources")::add);
    if (!lineage.parents().isEmpty()) {
      ArrayNode parents = compaction.putArray("parents");
      for (BlockLineage.Parent parent : lineage.parents()) {
        ObjectNode node = parents.addObject();
        node.put("ulid", parent.ulid());
        node.put("minTime", parent.minTimeMs());
        node.put("maxTime", parent.maxTimeMs());
      }
    }
    root.put("version", VERSION);
    ObjectNode own = root.putObject("pallium");
    if (!lineage.siblings().isEmpty()) {
      lineage.siblings().forEach(own.putArray("siblings")::add);
    }
    if (!lineage.shard().isEmpty()) {
      own.put("shard", lineage.shard());
    }
    own.put("checksum", checksum());
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
  }

  /// Reads the file of a block.
  ///
  /// @throws CorruptDataException if it is missing, is damaged, or is that of another block
  static BlockMeta read(BlockFiles files) throws IOException {
    ByteSource source = BlockReader.required(files, BlockLayout.META);
    if (source.lengthBytes() > MAX_FILE_BYTES) {
      throw new CorruptDataException(
          source.name() + " has " + source.lengthBytes() + " bytes, at most 64 MiB are read");
    }
    BlockMeta meta;
    try {
      meta = fromJson(new ByteCursor(source).bytes((int) source.lengthBytes()));
    } catch (CorruptDataException e) {
      throw new CorruptDataException(source.name() + ": " + e.getMessage(), e);
    }
    if (!files.location().endsWith(meta.ulid)) {
      throw new CorruptDataException(source.name() + " is of block " + meta.ulid);
    }
    return meta;
  }

  /// Reads the content of the file.
  ///
  /// @throws CorruptDataException if it is not one, is of an unknown version, or fails our checksum
  ///   where there is one
  public static BlockMeta fromJson(byte[] bytes) {
    JsonNode root;
    try {
      root = JSON.readTree(bytes);
    } catch (JacksonException e) {
      throw new CorruptDataException("meta.json is not JSON: " + e.getOriginalMessage(), e);
    }
    long version = number(root, "version");
    if (version != VERSION) {
      throw new CorruptDataException("meta.json has version " + version + ", known is 1");
    }
    JsonNode counts = root.path("stats");
    BlockMeta meta =
        new BlockMeta(
            root.path("ulid").asString(""),
            number(root, "minTime"),
            number(root, "maxTime"),
            new BlockStats(
                counts.path("numSamples").asLong(0),
                counts.path("numFloatSamples").asLong(0),
                counts.path("numHistogramSamples").asLong(0),
                counts.path("numSeries").asLong(0),
                counts.path("numChunks").asLong(0)),
            lineage(root.path("compaction"), root.path("pallium")));
    JsonNode checksum = root.path("pallium").path("checksum");
    if (checksum.isString() && !checksum.asString("").equals(meta.checksum())) {
      throw new CorruptDataException(
          "meta.json has checksum " + checksum.asString("") + ", computed " + meta.checksum());
    }
    if (!Ulid.isValid(meta.ulid) || meta.minTimeMs > meta.maxTimeMs) {
      throw new CorruptDataException(
          "meta.json has ulid \""
              + meta.ulid
              + "\" and times "
              + meta.minTimeMs
              + " to "
              + meta.maxTimeMs);
    }
    return meta;
  }

  private static BlockLineage lineage(JsonNode compaction, JsonNode own) {
    List<BlockLineage.Parent> parents = new ArrayList<>();
    compaction
        .path("parents")
        .forEach(
            parent ->
                parents.add(
                    new BlockLineage.Parent(
                        parent.path("ulid").asString(""),
                        parent.path("minTime").asLong(0),
                        parent.path("maxTime").asLong(0))));
    return new BlockLineage(
        compaction.path("level").asInt(1),
        texts(compaction.path("sources")),
        parents,
        texts(own.path("siblings")),
        own.path("shard").asString(""));
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(text -> texts.add(text.asString("")));
    return texts;
  }

  private static long number(JsonNode root, String name) {
    JsonNode node = root.path(name);
    if (!node.isIntegralNumber() || !node.canConvertToLong()) {
      throw new CorruptDataException("meta.json has no number " + name);
    }
    return node.asLong();
  }

  private String checksum() {
    CRC32C crc = new CRC32C();
    String text =
        ulid
            + ' '
            + minTimeMs
            + ' '
            + maxTimeMs
            + ' '
            + stats
            + ' '
            + lineage.level()
            + ' '
            + lineage.sources();
    if (!lineage.parents().isEmpty()) {
      text += " " + lineage.parents() + ' ' + lineage.siblings() + ' ' + lineage.shard();
    }
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return String.format(Locale.ROOT, "%08x", crc.getValue());
  }
}
