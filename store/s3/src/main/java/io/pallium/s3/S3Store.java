package io.pallium.s3;

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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/// Objects in a bucket. The version of an object is its ETag.
///
/// Up to the part size an object is one request, above it a multipart upload, which is seen when it
/// is completed; conditions are checked by S3 in the last request. Tries and limits of time are not
/// this store's business.
public final class S3Store implements ObjectStore {
  private static final Logger log = LoggerFactory.getLogger(S3Store.class);
  private static final int NOT_FOUND = 404;
  private static final int CONDITION_FAILED = 412;
  private static final int BEHIND_THE_END = 416;

  private final S3Client client;
  private final S3Config config;

  private S3Store(S3Client client, S3Config config) {
    this.client = client;
    this.config = config;
  }

  /// Connects, and makes sure that the bucket can be used.
  ///
  /// @throws StoreException if it cannot, and what to do
  public static S3Store open(S3Config config) {
    S3Client client = S3Clients.client(config);
    S3Store store = new S3Store(client, config);
    try {
      store.requireBucket();
    } catch (StoreException e) {
      client.close();
      throw e;
    }
    return store;
  }

  private void requireBucket() {
    // A listing needs only what the rest needs, and says in words why it is refused.
    try {
      var unused = client.listObjectsV2(request -> request.bucket(config.bucket()).maxKeys(1));
    } catch (S3Exception e) {
      if (e.statusCode() != NOT_FOUND) {
        throw failed("open", e);
      }
      if (!config.createIfMissing()) {
        throw StoreException.missing("bucket \"" + config.bucket() + '"', e);
      }
      run("create bucket", () -> client.createBucket(request -> request.bucket(config.bucket())));
    } catch (SdkException e) {
      throw failed("open", e);
    }
  }

  @Override
  public Set<Capability> capabilities() {
    return Set.of(Capability.REPLACE_IF_UNCHANGED);
  }

  @Override
  public Optional<String> put(String name, ObjectContent content, PutCondition condition) {
    ObjectName.require(name);
    int partBytes = Math.toIntExact(config.partSize().bytes());
    try (InputStream in = content.openExactly()) {
      byte[] first = in.readNBytes(partBytes);
      if (content.lengthBytes() > partBytes) {
        return putInParts(name, first, in, condition);
      }
      requireEnd(in);
      return unlessRefused("put " + name, () -> putAtOnce(name, first, condition));
    } catch (IOException e) {
      throw S3Errors.ofContent("put " + name, e);
    }
  }

  /// Lets a stream fail that is longer than it said.
  private static void requireEnd(InputStream in) throws IOException {
    if (in.read() >= 0) {
      throw new AssertionError("BUG: an exact stream has more than it says");
    }
  }

  private String putAtOnce(String name, byte[] bytes, PutCondition condition) {
    PutObjectRequest.Builder request =
        PutObjectRequest.builder()
            .bucket(config.bucket())
            .key(name)
            .contentMD5(S3Clients.md5(bytes));
    switch (config.encryption()) {
      case NONE -> {}
      case SSE_S3 -> request.serverSideEncryption(ServerSideEncryption.AES256);
      case SSE_KMS ->
          request.serverSideEncryption(ServerSideEncryption.AWS_KMS).ssekmsKeyId(kmsKeyId());
    }
    switch (condition) {
      case PutCondition.Always _ -> {}
      case PutCondition.IfAbsent _ -> request.ifNoneMatch("*");
      case PutCondition.IfVersion(String version) -> request.ifMatch(version);
    }
    return client.putObject(request.build(), RequestBody.fromBytes(bytes)).eTag();
  }

  private @Nullable String kmsKeyId() {
    return config.kmsKeyId().isEmpty() ? null : config.kmsKeyId();
  }

  private Optional<String> putInParts(
      String name, byte[] first, InputStream in, PutCondition condition) throws IOException {
    String upload =
        get(
            "begin upload of " + name,
            () ->
                client
                    .createMultipartUpload(
                        request -> {
                          request.bucket(config.bucket()).key(name);
                          switch (config.encryption()) {
                            case NONE -> {}
                            case SSE_S3 ->
                                request.serverSideEncryption(ServerSideEncryption.AES256);
                            case SSE_KMS ->
                                request
                                    .serverSideEncryption(ServerSideEncryption.AWS_KMS)
                                    .ssekmsKeyId(kmsKeyId());
                          }
                        })
                    .uploadId());
    Optional<String> version = Optional.empty();
    try {
      List<CompletedPart> parts = new ArrayList<>();
      for (byte[] part = first; part.length > 0; part = in.readNBytes(first.length)) {
        parts.add(putPart(name, upload, parts.size() + 1, part));
      }
      version = unlessRefused("complete " + name, () -> complete(name, upload, parts, condition));
      return version;
    } finally {
      if (version.isEmpty()) {
        // Intended: on a thread of its own. This one may be interrupted, as its time is over, and
        // the
        // driver refuses such threads.
        Thread.ofVirtual().name("abort upload of " + name).start(() -> abort(name, upload));
      }
    }
  }

  private CompletedPart putPart(String name, String upload, int number, byte[] bytes) {
    String version =
        get(
            "part " + number + " of " + name,
            () ->
                client
                    .uploadPart(
                        request ->
                            request
                                .bucket(config.bucket())
                                .key(name)
                                .uploadId(upload)
                                .partNumber(number)
                                .contentMD5(S3Clients.md5(bytes)),
                        RequestBody.fromBytes(bytes))
                    .eTag());
    return CompletedPart.builder().partNumber(number).eTag(version).build();
  }

  private String complete(
      String name, String upload, List<CompletedPart> parts, PutCondition condition) {
    return client
        .completeMultipartUpload(
            request -> {
              request
                  .bucket(config.bucket())
                  .key(name)
                  .uploadId(upload)
                  .multipartUpload(completed -> completed.parts(parts));
              switch (condition) {
                case PutCondition.Always _ -> {}
                case PutCondition.IfAbsent _ -> request.ifNoneMatch("*");
                case PutCondition.IfVersion(String version) -> request.ifMatch(version);
              }
            })
        .eTag();
  }

  /// Parts that stay all the same cost room but are never seen; a rule of the bucket removes them.
  private void abort(String name, String upload) {
    try {
      client.abortMultipartUpload(
          request -> request.bucket(config.bucket()).key(name).uploadId(upload));
    } catch (SdkException | IllegalStateException e) {
      log.warn("parts stay in the bucket, component=s3 object={} upload={}", name, upload, e);
    }
  }

  /// @return empty if the condition of the put does not hold
  private Optional<String> unlessRefused(String what, Call<String> put) {
    try {
      return Optional.of(put.call());
    } catch (S3Exception e) {
      boolean isRefused = e.statusCode() == CONDITION_FAILED || S3Errors.isMissingObject(e);
      if (isRefused) {
        return Optional.empty();
      }
      throw failed(what, e);
    } catch (SdkException e) {
      throw failed(what, e);
    }
  }

  @Override
  public ObjectRange read(String name, long offset, int maxBytes) {
    ObjectName.require(name);
    if (maxBytes == 0) {
      return nothingOf(name);
    }
    try {
      ResponseBytes<GetObjectResponse> answer =
          client.getObject(
              request ->
                  request
                      .bucket(config.bucket())
                      .key(name)
                      .range("bytes=" + offset + "-" + (offset + maxBytes - 1)),
              ResponseTransformer.toBytes());
      return S3Errors.checked(name, offset, maxBytes, answer);
    } catch (S3Exception e) {
      if (e.statusCode() == BEHIND_THE_END) {
        return nothingOf(name);
      }
      if (S3Errors.isMissingObject(e)) {
        throw StoreException.notFound(name);
      }
      throw failed("read " + name, e);
    } catch (SdkException e) {
      throw failed("read " + name, e);
    }
  }

  private ObjectRange nothingOf(String name) {
    ObjectAttributes attributes = attributes(name).orElseThrow(() -> StoreException.notFound(name));
    return new ObjectRange(new byte[0], attributes.lengthBytes(), attributes.version());
  }

  @Override
  public ObjectPage list(ListRequest request) {
    ListObjectsV2Response answer =
        get(
            "list " + request.prefix(),
            () ->
                client.listObjectsV2(
                    list ->
                        list.bucket(config.bucket())
                            .prefix(request.prefix())
                            .delimiter(request.isShallow() ? "/" : null)
                            .maxKeys(request.maxEntries())
                            .continuationToken(
                                request.cursor().isEmpty() ? null : request.cursor())));
    List<ObjectAttributes> objects =
        answer.contents().stream()
            .map(
                object ->
                    attributesOf(object.key(), object.size(), object.lastModified(), object.eTag()))
            .toList();
    List<String> folders = answer.commonPrefixes().stream().map(folder -> folder.prefix()).toList();
    boolean isLast = !Boolean.TRUE.equals(answer.isTruncated());
    return new ObjectPage(objects, folders, isLast ? "" : answer.nextContinuationToken());
  }

  @Override
  public void delete(String name) {
    ObjectName.require(name);
    run(
        "delete " + name,
        () -> client.deleteObject(request -> request.bucket(config.bucket()).key(name)));
  }

  @Override
  public Optional<ObjectAttributes> attributes(String name) {
    ObjectName.require(name);
    try {
      HeadObjectResponse head =
          client.headObject(request -> request.bucket(config.bucket()).key(name));
      return Optional.of(
          attributesOf(name, head.contentLength(), head.lastModified(), head.eTag()));
    } catch (S3Exception e) {
      if (e.statusCode() == NOT_FOUND) {
        return Optional.empty();
      }
      throw failed("attributes of " + name, e);
    } catch (SdkException e) {
      throw failed("attributes of " + name, e);
    }
  }

  /// Listings count in milliseconds, other answers in seconds.
  private static ObjectAttributes attributesOf(
      String name, long lengthBytes, Instant modified, String version) {
    return new ObjectAttributes(name, lengthBytes, modified.getEpochSecond() * 1000, version);
  }

  @Override
  public void close() {
    client.close();
  }

  /// A request that may fail as the driver's do.
  private interface Call<T> {
    T call();
  }

  private <T> T get(String what, Call<T> call) {
    try {
      return call.call();
    } catch (SdkException e) {
      throw failed(what, e);
    }
  }

  private <T> void run(String what, Call<T> call) {
    T unused = get(what, call);
  }

  private StoreException failed(String what, SdkException e) {
    return S3Errors.of(what + " in bucket " + config.bucket(), e);
  }
}
