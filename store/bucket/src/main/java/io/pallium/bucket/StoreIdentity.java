package io.pallium.bucket;

import io.pallium.base.TenantMissingException;
import io.pallium.base.clock.TimeSource;
import io.pallium.model.TenantId;
import io.pallium.objectstore.ListRequest;
import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectPage;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.PutCondition;
import io.pallium.objectstore.StoreException;
import io.pallium.tsdb.block.Ulid;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Which store it is: an id in an object beside the folders of tenants, made when the store is used
/// for the first time. A copy of a store has the id of the store. Source: docs/formats/bucket.md.
public final class StoreIdentity {
  /// In a folder that neither we nor Cortex take for a tenant's.
  public static final String NAME = "__markers__/pallium-store.json";

  /// What a file system of its own begins with.
  private static final String LOST_AND_FOUND = "lost+found/";

  private static final ObjectMapper JSON = JsonMapper.builder().build();
  private static final int VERSION = 1;
  private static final int MAX_BYTES = 64 << 10;
  private static final int MAX_FOLDERS = 100;
  private static final int MAX_NAMED = 5;

  private StoreIdentity() {}

  /// The id of a store; empty if it has none.
  ///
  /// @throws StoreException if the store does not say, or says what is not understood
  public static Optional<String> read(ObjectStore store) {
    Optional<ObjectAttributes> stored = store.attributes(NAME);
    if (stored.isEmpty()) {
      return Optional.empty();
    }
    JsonNode root;
    try {
      root = JSON.readTree(store.read(NAME, 0, MAX_BYTES).bytes());
    } catch (JacksonException e) {
      throw new StoreException(
          StoreException.Kind.MISCONFIGURED, NAME + " is no JSON: " + e.getMessage(), e);
    }
    String id = root.path("id").asString("");
    if (root.path("version").asInt(0) != VERSION || id.isEmpty()) {
      throw new StoreException(
          StoreException.Kind.MISCONFIGURED,
          NAME + " has version " + root.path("version") + ", known is 1 with an id");
    }
    return Optional.of(id);
  }

  /// The id of a store, which gets one if it has none and is empty or holds blocks.
  ///
  /// @param location where it is, for messages
  /// @throws StoreException if it holds something else, or cannot be read or written
  static String claim(ObjectStore store, String location, TimeSource time) {
    Optional<String> present = read(store);
    if (present.isPresent()) {
      return present.get();
    }
    requireOurs(store, location);
    ObjectNode root = JSON.createObjectNode();
    root.put("version", VERSION);
    root.put("id", UUID.randomUUID().toString());
    root.put("created_at", time.nowMs() / 1000);
    Optional<String> unused =
        store.put(NAME, ObjectContent.of(JSON.writeValueAsBytes(root)), PutCondition.IF_ABSENT);
    // That of another process, if it was first.
    return read(store).orElseThrow(() -> StoreException.notFound(NAME));
  }

  private static void requireOurs(ObjectStore store, String location) {
    ObjectPage page = store.list(ListRequest.shallow(""));
    boolean isEmpty =
        page.objects().isEmpty() && page.folders().stream().allMatch(LOST_AND_FOUND::equals);
    if (isEmpty || page.folders().stream().limit(MAX_FOLDERS).anyMatch(f -> isTenant(store, f))) {
      return;
    }
    List<String> found =
        Stream.concat(page.folders().stream(), page.objects().stream().map(ObjectAttributes::name))
            .limit(MAX_NAMED)
            .toList();
    throw new StoreException(
        StoreException.Kind.MISCONFIGURED,
        location
            + " holds something else than blocks ("
            + String.join(", ", found)
            + (page.folders().size() + page.objects().size() > MAX_NAMED ? ", …" : "")
            + "): name one that is empty, or a folder of it by storage.prefix");
  }

  /// Whether a folder has an index of blocks, or folders of blocks.
  static boolean isTenant(ObjectStore store, String folder) {
    TenantId tenant;
    try {
      tenant = new TenantId(folder.substring(0, folder.length() - 1));
    } catch (TenantMissingException _) {
      return false;
    }
    ObjectPage page = store.list(ListRequest.shallow(folder));
    return page.objects().stream().anyMatch(o -> o.name().equals(BlockNames.index(tenant)))
        || page.folders().stream()
            .map(name -> name.substring(folder.length(), name.length() - 1))
            .anyMatch(Ulid::isValid);
  }

  /// What a reader of an index or a block hears when the store is another by now.
  static void require(ObjectStore store, String id) {
    Optional<String> present = read(store);
    if (!present.equals(Optional.of(id))) {
      throw new StoreException(
          StoreException.Kind.UNAVAILABLE,
          "the store was "
              + id
              + " and is "
              + present.orElse("without " + NAME)
              + " now: is a file system mounted that should be?");
    }
  }
}
