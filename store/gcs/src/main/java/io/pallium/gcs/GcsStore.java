package io.pallium.gcs;

import com.google.api.gax.paging.Page;
import com.google.cloud.BaseServiceException;
import com.google.cloud.ReadChannel;
import com.google.cloud.storage.Blob;
import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.BlobWriteSession;
import com.google.cloud.storage.BucketInfo;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.Storage.BlobListOption;
import com.google.cloud.storage.Storage.BlobTargetOption;
import com.google.cloud.storage.Storage.BlobWriteOption;
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
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Objects in a bucket. The version of an object is its generation.
///
/// Up to the piece size an object is one request, above it a resumable upload, which is seen when
/// its last piece is there; conditions are checked by the service. A read asks for the object's
/// generation first and then for a range of that generation.
public final class GcsStore implements ObjectStore {
  private static final int NOT_FOUND = 404;
  private static final int CONDITION_FAILED = 412;
  private static final int MAX_READ_TRIES = 10;

  private final Storage storage;
  private final GcsConfig config;

  private GcsStore(Storage storage, GcsConfig config) {
    this.storage = storage;
    this.config = config;
  }

  /// Connects, and makes sure that the bucket can be used.
  ///
  /// @throws StoreException if it cannot, and what to do
  public static GcsStore open(GcsConfig config) {
    GcsStore store = new GcsStore(GcsClients.storage(config), config);
    try {
      store.requireBucket();
    } catch (StoreException e) {
      store.close();
      throw e;
    }
    return store;
  }

  private void requireBucket() {
    // Needs only the permissions that the rest needs, unlike the attributes of the bucket.
    try {
      var unused = storage.list(config.bucket(), BlobListOption.pageSize(1));
    } catch (BaseServiceException e) {
      if (e.getCode() != NOT_FOUND) {
        throw failed("open", e);
      }
      if (!config.createIfMissing()) {
        throw StoreException.missing("bucket \"" + config.bucket() + '"', e);
      }
      var unused = call("create", () -> storage.create(BucketInfo.of(config.bucket())));
    }
  }

  @Override
  public Set<Capability> capabilities() {
    return Set.of(Capability.REPLACE_IF_UNCHANGED);
  }

  @Override
  public Optional<String> put(String name, ObjectContent content, PutCondition condition) {
    BlobInfo blob = BlobInfo.newBuilder(idOf(name)).build();
    int pieceBytes = Math.toIntExact(config.pieceSize().bytes());
    try (InputStream in = content.openExactly()) {
      byte[] first = in.readNBytes(pieceBytes);
      if (content.lengthBytes() > pieceBytes) {
        return Optional.of(putInPieces(blob, first, in, condition));
      }
      if (in.read() >= 0) {
        throw new AssertionError("BUG: an exact stream has more than it says");
      }
      return Optional.of(versionOf(storage.create(blob, first, targetOptions(condition))));
    } catch (IOException | BaseServiceException e) {
      if (GcsErrors.codeOf(e) == CONDITION_FAILED) {
        return Optional.empty();
      }
      throw failed("put " + name, e);
    }
  }

  /// The channel is closed only when it has everything: to close it makes an object of what it has.
  private String putInPieces(BlobInfo blob, byte[] first, InputStream in, PutCondition condition)
      throws IOException {
    BlobWriteSession session = storage.blobWriteSession(blob, writeOptions(condition));
    WritableByteChannel channel = session.open();
    for (byte[] piece = first; piece.length > 0; piece = in.readNBytes(first.length)) {
      ByteBuffer bytes = ByteBuffer.wrap(piece);
      while (bytes.hasRemaining()) {
        int unused = channel.write(bytes);
      }
    }
    channel.close();
    try {
      return versionOf(session.getResult().get());
    } catch (InterruptedException e) {
      throw StoreException.canceled("put " + blob.getName(), e);
    } catch (ExecutionException e) {
      throw failed("put " + blob.getName(), e);
    }
  }

  private static BlobTargetOption[] targetOptions(PutCondition condition) {
    return switch (condition) {
      case PutCondition.Always _ -> new BlobTargetOption[0];
      case PutCondition.IfAbsent _ -> new BlobTargetOption[] {BlobTargetOption.doesNotExist()};
      case PutCondition.IfVersion(String version) ->
          new BlobTargetOption[] {BlobTargetOption.generationMatch(generationOf(version))};
    };
  }

  private static BlobWriteOption[] writeOptions(PutCondition condition) {
    return switch (condition) {
      case PutCondition.Always _ -> new BlobWriteOption[0];
      case PutCondition.IfAbsent _ -> new BlobWriteOption[] {BlobWriteOption.doesNotExist()};
      case PutCondition.IfVersion(String version) ->
          new BlobWriteOption[] {BlobWriteOption.generationMatch(generationOf(version))};
    };
  }

  private static long generationOf(String version) {
    try {
      return Long.parseLong(version);
    } catch (NumberFormatException e) {
      throw new StoreException(
          StoreException.Kind.INVALID, "\"" + version + "\" is no version of this store", e);
    }
  }

  @Override
  public ObjectRange read(String name, long offset, int maxBytes) {
    for (int i = 0; i < MAX_READ_TRIES; i++) {
      ObjectAttributes attributes =
          attributes(name).orElseThrow(() -> StoreException.notFound(name));
      int lengthBytes = Math.clamp(attributes.lengthBytes() - offset, 0, maxBytes);
      byte[] bytes = lengthBytes == 0 ? new byte[0] : tryRead(attributes, offset, lengthBytes);
      if (bytes != null) {
        return new ObjectRange(bytes, attributes.lengthBytes(), attributes.version());
      }
    }
    throw new StoreException(
        StoreException.Kind.CHANGED, "object \"" + name + "\" is replaced all the time");
  }

  /// @return null if the generation is not there any more
  private byte @Nullable [] tryRead(ObjectAttributes object, long offset, int lengthBytes) {
    BlobId id = BlobId.of(config.bucket(), object.name(), generationOf(object.version()));
    ByteBuffer target = ByteBuffer.allocate(lengthBytes);
    try (ReadChannel channel = storage.reader(id)) {
      channel.setChunkSize(0);
      channel.seek(offset);
      ReadChannel limited = channel.limit(offset + lengthBytes);
      while (target.hasRemaining()) {
        if (limited.read(target) < 0) {
          throw new StoreException(
              StoreException.Kind.UNAVAILABLE,
              "read " + object.name() + ": the answer ended after " + target.position() + " bytes");
        }
      }
      return target.array();
    } catch (IOException | BaseServiceException e) {
      if (GcsErrors.codeOf(e) == NOT_FOUND || GcsErrors.codeOf(e) == CONDITION_FAILED) {
        return null;
      }
      throw failed("read " + object.name(), e);
    }
  }

  @Override
  public ObjectPage list(ListRequest request) {
    List<BlobListOption> options = new ArrayList<>();
    options.add(BlobListOption.prefix(request.prefix()));
    options.add(BlobListOption.pageSize(request.maxEntries()));
    if (request.isShallow()) {
      options.add(BlobListOption.currentDirectory());
    }
    if (!request.cursor().isEmpty()) {
      options.add(BlobListOption.pageToken(request.cursor()));
    }
    Page<Blob> page =
        call(
            "list " + request.prefix(),
            () -> storage.list(config.bucket(), options.toArray(BlobListOption[]::new)));
    List<ObjectAttributes> objects = new ArrayList<>();
    List<String> folders = new ArrayList<>();
    for (Blob blob : page.getValues()) {
      if (blob.isDirectory()) {
        folders.add(blob.getName());
      } else {
        objects.add(attributesOf(blob));
      }
    }
    String next = page.hasNextPage() ? page.getNextPageToken() : "";
    return new ObjectPage(objects, folders, next == null ? "" : next);
  }

  @Override
  public void delete(String name) {
    boolean unused = call("delete " + name, () -> storage.delete(idOf(name)));
  }

  @Override
  public Optional<ObjectAttributes> attributes(String name) {
    BlobId id = idOf(name);
    try {
      return Optional.ofNullable(storage.get(id)).map(GcsStore::attributesOf);
    } catch (BaseServiceException e) {
      throw failed("attributes of " + name, e);
    }
  }

  private BlobId idOf(String name) {
    return BlobId.of(config.bucket(), ObjectName.require(name));
  }

  private static ObjectAttributes attributesOf(BlobInfo blob) {
    OffsetDateTime modified = blob.getUpdateTimeOffsetDateTime();
    return new ObjectAttributes(
        blob.getName(),
        blob.getSize(),
        modified == null ? 0 : modified.toInstant().toEpochMilli(),
        versionOf(blob));
  }

  private static String versionOf(BlobInfo blob) {
    return Long.toString(blob.getGeneration());
  }

  @Override
  public void close() {
    try {
      storage.close();
    } catch (Exception e) {
      throw failed("close", e);
    }
  }

  private <T> T call(String what, Supplier<T> request) {
    try {
      return request.get();
    } catch (BaseServiceException e) {
      throw failed(what, e);
    }
  }

  private StoreException failed(String what, Exception e) {
    return GcsErrors.of(what + " in bucket " + config.bucket(), e);
  }
}
