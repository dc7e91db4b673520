package io.pallium.azure;

import com.azure.core.http.rest.PagedResponse;
import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobContainerClientBuilder;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.BlobItemProperties;
import com.azure.storage.blob.models.BlobProperties;
import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.models.BlobRequestConditions;
import com.azure.storage.blob.models.DownloadRetryOptions;
import com.azure.storage.blob.models.ListBlobsOptions;
import com.azure.storage.blob.options.BlockBlobCommitBlockListOptions;
import com.azure.storage.blob.options.BlockBlobSimpleUploadOptions;
import com.azure.storage.blob.specialized.BlockBlobClient;
import com.azure.storage.common.StorageSharedKeyCredential;
import com.azure.storage.common.policy.RequestRetryOptions;
import com.azure.storage.common.policy.RetryPolicyType;
import io.pallium.objectstore.Capability;
import io.pallium.objectstore.ListRequest;
import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectName;
import io.pallium.objectstore.ObjectPage;
import io.pallium.objectstore.ObjectRange;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.PutCondition;
import io.pallium.objectstore.StoreException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/// Objects as block blobs in a container. The version of an object is its ETag.
///
/// Up to the block size an object is one request, above it blocks, which are seen when their list
/// is committed; conditions are checked by the service in that request.
public final class AzureStore implements ObjectStore {
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int CONDITION_FAILED = 412;
  private static final int BEHIND_THE_END = 416;

  private final BlobContainerClient container;
  private final AzureConfig config;

  private AzureStore(BlobContainerClient container, AzureConfig config) {
    this.container = container;
    this.config = config;
  }

  /// Connects, and makes sure that the container can be used.
  ///
  /// @throws StoreException if it cannot, and what to do
  public static AzureStore open(AzureConfig config) {
    BlobContainerClientBuilder builder =
        new BlobContainerClientBuilder()
            .containerName(config.container())
            // One try: the layers around a store make the others.
            .retryOptions(new RequestRetryOptions(RetryPolicyType.FIXED, 1, 60, null, null, null));
    try {
      authenticate(builder, config);
    } catch (IllegalArgumentException e) {
      throw new StoreException(
          StoreException.Kind.MISCONFIGURED, "azure takes no such account: " + e.getMessage(), e);
    }
    AzureStore store = new AzureStore(builder.buildClient(), config);
    store.requireContainer();
    return store;
  }

  private static void authenticate(BlobContainerClientBuilder builder, AzureConfig config) {
    if (!config.connectionString().isEmpty()) {
      builder.connectionString(config.connectionString());
      return;
    }
    builder.endpoint(
        config.endpoint().isEmpty()
            ? "https://" + config.account() + ".blob.core.windows.net"
            : config.endpoint());
    if (!config.accountKey().isEmpty()) {
      builder.credential(new StorageSharedKeyCredential(config.account(), config.accountKey()));
    } else if (!config.sasToken().isEmpty()) {
      builder.sasToken(config.sasToken());
    } else {
      throw new StoreException(
          StoreException.Kind.MISCONFIGURED,
          "azure needs account_key, sas_token or connection_string");
    }
  }

  private void requireContainer() {
    // A listing needs only what the rest needs, unlike the properties of the container.
    try {
      boolean unused = container.listBlobs().iterableByPage(1).iterator().hasNext();
    } catch (RuntimeException e) {
      if (AzureErrors.statusOf(e) != NOT_FOUND) {
        throw failed("open", e);
      }
      if (!config.createIfMissing()) {
        throw StoreException.missing("container \"" + config.container() + '"', e);
      }
      boolean unused = call("create", container::createIfNotExists);
    }
  }

  @Override
  public Set<Capability> capabilities() {
    return Set.of(Capability.REPLACE_IF_UNCHANGED);
  }

  @Override
  public Optional<String> put(String name, ObjectContent content, PutCondition condition) {
    BlockBlobClient blob = blob(name);
    int blockBytes = Math.toIntExact(config.blockSize().bytes());
    BlobRequestConditions conditions = new BlobRequestConditions();
    switch (condition) {
      case PutCondition.Always _ -> {}
      case PutCondition.IfAbsent _ -> conditions.setIfNoneMatch("*");
      case PutCondition.IfVersion(String version) -> conditions.setIfMatch(version);
    }
    try (InputStream in = content.openExactly()) {
      byte[] first = in.readNBytes(blockBytes);
      if (content.lengthBytes() > blockBytes) {
        return Optional.of(putInBlocks(blob, first, in, conditions));
      }
      if (in.read() >= 0) {
        throw new AssertionError("BUG: an exact stream has more than it says");
      }
      var upload =
          new BlockBlobSimpleUploadOptions(BinaryData.fromBytes(first))
              .setRequestConditions(conditions);
      return Optional.of(
          quoted(blob.uploadWithResponse(upload, null, Context.NONE).getValue().getETag()));
    } catch (IOException e) {
      throw e instanceof InterruptedIOException
          ? StoreException.canceled("put " + name, e)
          : new StoreException(StoreException.Kind.INVALID, "put " + name + ": " + e, e);
    } catch (RuntimeException e) {
      if (isRefused(e, condition)) {
        return Optional.empty();
      }
      throw failed("put " + name, e);
    }
  }

  private static boolean isRefused(RuntimeException e, PutCondition condition) {
    return switch (AzureErrors.statusOf(e)) {
      case CONDITION_FAILED -> true;
      case CONFLICT -> condition instanceof PutCondition.IfAbsent;
      case NOT_FOUND -> condition instanceof PutCondition.IfVersion;
      default -> false;
    };
  }

  /// Blocks of one upload have names of one length, random so that those of another do not mix in.
  private static String putInBlocks(
      BlockBlobClient blob, byte[] first, InputStream in, BlobRequestConditions conditions)
      throws IOException {
    String upload = UUID.randomUUID().toString();
    List<String> blocks = new ArrayList<>();
    for (byte[] block = first; block.length > 0; block = in.readNBytes(first.length)) {
      String id = "%s-%06d".formatted(upload, blocks.size());
      blocks.add(Base64.getEncoder().encodeToString(id.getBytes(StandardCharsets.US_ASCII)));
      blob.stageBlock(blocks.getLast(), BinaryData.fromBytes(block));
    }
    return quoted(
        blob.commitBlockListWithResponse(
                new BlockBlobCommitBlockListOptions(blocks).setRequestConditions(conditions),
                null,
                Context.NONE)
            .getValue()
            .getETag());
  }

  @Override
  public ObjectRange read(String name, long offset, int maxBytes) {
    if (maxBytes == 0) {
      return nothingOf(name);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      var answer =
          blob(name)
              .downloadStreamWithResponse(
                  out,
                  new BlobRange(offset, (long) maxBytes),
                  // A body that is torn is asked for again by the layer around the store.
                  new DownloadRetryOptions().setMaxRetryRequests(0),
                  null,
                  false,
                  null,
                  Context.NONE);
      var headers = answer.getDeserializedHeaders();
      String range = headers.getContentRange();
      long objectBytes =
          range == null
              ? headers.getContentLength()
              : Long.parseLong(range.substring(range.indexOf('/') + 1));
      byte[] bytes = out.toByteArray();
      if (bytes.length != Math.clamp(objectBytes - offset, 0, maxBytes)) {
        throw new StoreException(
            StoreException.Kind.UNAVAILABLE,
            "read " + name + ": answered " + bytes.length + " bytes of range " + range);
      }
      return new ObjectRange(bytes, objectBytes, quoted(headers.getETag()));
    } catch (RuntimeException e) {
      return switch (AzureErrors.statusOf(e)) {
        case BEHIND_THE_END -> nothingOf(name);
        case NOT_FOUND -> throw StoreException.notFound(name);
        default -> throw failed("read " + name, e);
      };
    }
  }

  private ObjectRange nothingOf(String name) {
    ObjectAttributes attributes = attributes(name).orElseThrow(() -> StoreException.notFound(name));
    return new ObjectRange(new byte[0], attributes.lengthBytes(), attributes.version());
  }

  @Override
  public ObjectPage list(ListRequest request) {
    ListBlobsOptions options =
        new ListBlobsOptions()
            .setPrefix(request.prefix())
            .setMaxResultsPerPage(request.maxEntries());
    String cursor = request.cursor().isEmpty() ? null : request.cursor();
    PagedResponse<BlobItem> page =
        call(
            "list " + request.prefix(),
            () -> {
              Iterator<PagedResponse<BlobItem>> pages =
                  (request.isShallow()
                          ? container.listBlobsByHierarchy("/", options, null)
                          : container.listBlobs(options, cursor, null))
                      .iterableByPage(cursor)
                      .iterator();
              return pages.next();
            });
    List<ObjectAttributes> objects = new ArrayList<>();
    List<String> folders = new ArrayList<>();
    for (BlobItem item : page.getValue()) {
      if (Boolean.TRUE.equals(item.isPrefix())) {
        folders.add(item.getName());
      } else {
        BlobItemProperties properties = item.getProperties();
        objects.add(
            attributesOf(
                item.getName(),
                properties.getContentLength(),
                properties.getLastModified(),
                properties.getETag()));
      }
    }
    String next = page.getContinuationToken();
    return new ObjectPage(objects, folders, next == null ? "" : next);
  }

  @Override
  public void delete(String name) {
    boolean unused = call("delete " + name, () -> blob(name).deleteIfExists());
  }

  @Override
  public Optional<ObjectAttributes> attributes(String name) {
    try {
      BlobProperties properties = blob(name).getProperties();
      return Optional.of(
          attributesOf(
              name, properties.getBlobSize(), properties.getLastModified(), properties.getETag()));
    } catch (RuntimeException e) {
      if (AzureErrors.statusOf(e) == NOT_FOUND) {
        return Optional.empty();
      }
      throw failed("attributes of " + name, e);
    }
  }

  private static ObjectAttributes attributesOf(
      String name, long lengthBytes, OffsetDateTime modified, String version) {
    return new ObjectAttributes(
        name, lengthBytes, modified.toInstant().toEpochMilli(), quoted(version));
  }

  /// Some answers have ETags without the quotes that others have.
  private static String quoted(String version) {
    return version.startsWith("\"") ? version : "\"" + version + "\"";
  }

  @Override
  public void close() {}

  private BlockBlobClient blob(String name) {
    return container.getBlobClient(ObjectName.require(name)).getBlockBlobClient();
  }

  private <T> T call(String what, Supplier<T> request) {
    try {
      return request.get();
    } catch (RuntimeException e) {
      throw failed(what, e);
    }
  }

  private StoreException failed(String what, RuntimeException e) {
    return AzureErrors.of(what + " in container " + config.container(), e);
  }
}
