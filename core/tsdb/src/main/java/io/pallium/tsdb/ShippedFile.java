package io.pallium.tsdb;

import io.pallium.tsdb.file.AppendFile;
import io.pallium.tsdb.file.DurableFiles;
import io.pallium.tsdb.file.ReadFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What a file in `shipped/` says of one tenant. Immutable.
///
/// @param storeId the store that everything of it is about; empty if that is not known
/// @param storeLocation where that store was
/// @param blocks by the name of a block here
/// @param endMs all samples before this were shipped; Long.MIN_VALUE if none was
record ShippedFile(
    String storeId, String storeLocation, Map<String, ShippedFile.Shipped> blocks, long endMs) {
  static final ShippedFile NONE = new ShippedFile("", "", Map.of(), Long.MIN_VALUE);

  private static final Logger log = LoggerFactory.getLogger(ShippedFile.class);
  private static final ObjectMapper JSON = JsonMapper.builder().build();
  private static final int MAX_FILE_BYTES = 64 << 20;

  /// A block here whose samples are in the store.
  ///
  /// @param shippedAtMs when the last of them came there
  /// @param stored names of blocks of the store
  record Shipped(long shippedAtMs, Set<String> stored) {
    Shipped {
      stored = Set.copyOf(stored);
    }
  }

  ShippedFile {
    blocks = Map.copyOf(blocks);
  }

  /// Reads a file; one that is not there, or cannot be understood, says nothing.
  static ShippedFile read(DurableFiles files, Path file) throws IOException {
    if (!files.exists(file)) {
      return NONE;
    }
    try (ReadFile in = files.openRead(file)) {
      if (in.lengthBytes() > MAX_FILE_BYTES) {
        throw new IllegalArgumentException(file + " has " + in.lengthBytes() + " bytes");
      }
      byte[] bytes = new byte[(int) in.lengthBytes()];
      for (int done = 0; done < bytes.length; ) {
        int count = in.read(done, bytes, done, bytes.length - done);
        if (count <= 0) {
          throw new IllegalArgumentException(file + " became shorter");
        }
        done += count;
      }
      return parse(bytes);
    } catch (JacksonException | IllegalArgumentException e) {
      log.error("what was shipped is not known, it is shipped again path={}", file, e);
      return NONE;
    }
  }

  private static ShippedFile parse(byte[] bytes) {
    JsonNode root = JSON.readTree(bytes);
    Map<String, Shipped> blocks = new HashMap<>();
    for (Map.Entry<String, JsonNode> entry : root.path("blocks").properties()) {
      Set<String> stored = new HashSet<>();
      entry.getValue().path("stored").forEach(name -> stored.add(name.asString("")));
      blocks.put(
          entry.getKey(), new Shipped(entry.getValue().path("shippedAtMs").asLong(0), stored));
    }
    return new ShippedFile(
        root.path("store").asString(""),
        root.path("storeLocation").asString(""),
        blocks,
        root.path("endMs").asLong(Long.MIN_VALUE));
  }

  /// Takes the place of the file; durable on return.
  void write(DurableFiles files, Path file) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    root.put("store", storeId);
    root.put("storeLocation", storeLocation);
    root.put("endMs", endMs);
    ObjectNode known = root.putObject("blocks");
    for (Map.Entry<String, Shipped> entry : new TreeMap<>(blocks).entrySet()) {
      ObjectNode block = known.putObject(entry.getKey());
      block.put("shippedAtMs", entry.getValue().shippedAtMs);
      new TreeSet<>(entry.getValue().stored).forEach(block.putArray("stored")::add);
    }
    Path directory = Objects.requireNonNull(file.getParent(), "a file in a directory");
    Path unfinished = directory.resolve(file.getFileName() + ".tmp");
    files.createDirectories(directory);
    files.delete(unfinished);
    byte[] bytes = JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
    try (AppendFile out = files.create(unfinished)) {
      out.writeFully(bytes, 0, bytes.length);
      out.force();
    }
    files.rename(unfinished, file);
    files.forceDirectory(directory);
  }
}
