package io.pallium.server.api;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.AggregationOptions;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.util.TimeoutMode;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.buffer.ByteBuf;
import io.pallium.base.BadRequestException;
import io.pallium.base.LimitExceededException;
import io.pallium.base.PalliumException;
import io.pallium.base.UnavailableException;
import io.pallium.model.TenantId;
import io.pallium.service.distributor.PushOutcome;
import io.pallium.service.distributor.RemoteWriteVersion;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Remote write 1.0 and 2.0. The event loop only frames; decompressing, decoding and applying run
/// on a bounded pool; the answer completes from the log's thread.
public final class PushHandler implements HttpService {
  /// Takes one compressed body of one tenant. The array belongs to the caller again when the method
  /// returns. The future completes when what is valid is durable, or exceptionally.
  public interface Receiver {
    CompletableFuture<PushOutcome> push(
        TenantId tenant, RemoteWriteVersion version, byte[] body, int offset, int lengthBytes);

    /// Hears of a request that was refused before its body was whole.
    ///
    /// @param tenant null if that is not known
    default void refused(@Nullable TenantId tenant, PalliumException reason) {}
  }

  /// A thread keeps no larger buffer for its next body.
  private static final int MAX_KEPT_BYTES = 1 << 20;

  private static final String PROTO_1 = "prometheus.writerequest";
  private static final String PROTO_2 = "io.prometheus.write.v2.request";
  private static final String NO_PROTOBUF = "no protobuf";

  private final TenantResolver tenants;
  private final Receiver receiver;
  private final ExecutorService workers;
  private final long maxBodyBytes;
  private final long maxWaitingBytes;
  private final Duration clientTimeout;
  private final AtomicLong waitingBytes = new AtomicLong();
  private final ThreadLocal<byte[]> bodies = ThreadLocal.withInitial(() -> new byte[64 * 1024]);

  /// @param workers the bounded pool that decodes; refuses work when it is full
  /// @param maxBodyBytes the most bytes of a compressed body
  /// @param maxWaitingBytes the most bytes of compressed bodies that are read or wait for a worker
  /// @param clientTimeout how long a body may take to come
  public PushHandler(
      TenantResolver tenants,
      Receiver receiver,
      ExecutorService workers,
      long maxBodyBytes,
      long maxWaitingBytes,
      Duration clientTimeout) {
    this.tenants = tenants;
    this.receiver = receiver;
    this.workers = workers;
    this.maxBodyBytes = maxBodyBytes;
    this.maxWaitingBytes = maxWaitingBytes;
    this.clientTimeout = clientTimeout;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest request) {
    if (request.method() != HttpMethod.POST) {
      return ErrorMapping.methodNotAllowed(ctx.path(), HttpMethod.POST);
    }
    TenantId tenant;
    try {
      tenant = tenants.resolve(request);
    } catch (PalliumException e) {
      return refuse(null, RemoteWriteVersion.V1, e);
    }
    Room room = new Room();
    long declaredBytes = request.headers().contentLength();
    RemoteWriteVersion version = RemoteWriteVersion.V1;
    try {
      version = version(request);
      checkEncoding(request);
      if (declaredBytes > maxBodyBytes) {
        throw tooLarge();
      }
      room.holdFor(declaredBytes);
    } catch (PalliumException e) {
      return refuse(tenant, version, e);
    }
    RemoteWriteVersion said = version;
    ctx.setMaxRequestLength(maxBodyBytes);
    // Room is held until the body is there: a client that stops in the midst must not keep it.
    ctx.setRequestTimeout(TimeoutMode.SET_FROM_NOW, clientTimeout);
    HttpRequest body = declaredBytes >= 0 ? request : counted(request, room);
    return HttpResponse.of(
        body.aggregate(AggregationOptions.usePooledObjects(ctx.alloc(), ctx.eventLoop()))
            .whenComplete(
                (_, failure) -> {
                  ctx.clearRequestTimeout();
                  if (failure != null) {
                    room.free();
                    countRefused(tenant, failure);
                  }
                })
            .thenCompose(whole -> hand(tenant, said, whole, room))
            .handle((outcome, failure) -> answer(said, outcome, failure)));
  }

  private HttpResponse refuse(
      @Nullable TenantId tenant, RemoteWriteVersion version, PalliumException reason) {
    receiver.refused(tenant, reason);
    return answer(version, null, reason);
  }

  /// The request with its body counted as it comes. Armeria would look at the pieces only when all
  /// are there, but for a publisher that is none of its own.
  private static HttpRequest counted(HttpRequest request, Room room) {
    HttpRequest peeked = request.peekData(data -> room.add(data.length()));
    return HttpRequest.of(request.headers(), subscriber -> peeked.subscribe(subscriber));
  }

  /// The room that one body takes from when its bytes are expected, or else come, until they are
  /// with a worker. Used by one thread at a time.
  private final class Room {
    private long heldBytes;
    private long seenBytes;

    /// Makes the room as large as `bytes`.
    void holdFor(long bytes) {
      long more = bytes - heldBytes;
      if (more <= 0) {
        return;
      }
      if (waitingBytes.addAndGet(more) > maxWaitingBytes) {
        waitingBytes.addAndGet(-more);
        throw LimitExceededException.node(
            "too many writes wait: "
                + more
                + " bytes more exceed the limit of "
                + maxWaitingBytes
                + " (distributor.max-inflight-size)");
      }
      heldBytes = bytes;
    }

    /// Takes room for bytes that came without having been announced.
    void add(long bytes) {
      seenBytes += bytes;
      holdFor(seenBytes);
    }

    void free() {
      waitingBytes.addAndGet(-heldBytes);
      heldBytes = 0;
    }
  }

  /// A body that did not come whole: too large, without room, or given up.
  private void countRefused(TenantId tenant, Throwable failure) {
    if (isTooLarge(failure)) {
      receiver.refused(tenant, tooLarge());
    } else if (failure instanceof PalliumException known) {
      receiver.refused(tenant, known);
    }
  }

  private CompletableFuture<PushOutcome> hand(
      TenantId tenant, RemoteWriteVersion version, AggregatedHttpRequest whole, Room room) {
    CompletableFuture<PushOutcome> outcome = new CompletableFuture<>();
    try {
      workers.execute(() -> push(tenant, version, whole, room, outcome));
    } catch (RejectedExecutionException e) {
      room.free();
      whole.content().close();
      UnavailableException refusal =
          new UnavailableException("too many writes in flight (server.max-waiting-pushes)", e);
      receiver.refused(tenant, refusal);
      outcome.completeExceptionally(refusal);
    }
    return outcome;
  }

  private void push(
      TenantId tenant,
      RemoteWriteVersion version,
      AggregatedHttpRequest whole,
      Room room,
      CompletableFuture<PushOutcome> outcome) {
    try {
      byte[] body;
      int length = whole.content().length();
      try (var content = whole.content()) {
        ByteBuf bytes = content.byteBuf();
        body = bodies.get();
        if (body.length < length) {
          body = new byte[Math.max(length, Math.min(body.length * 2, MAX_KEPT_BYTES))];
          if (body.length <= MAX_KEPT_BYTES) {
            bodies.set(body);
          }
        }
        bytes.getBytes(bytes.readerIndex(), body, 0, length);
      } finally {
        room.free();
      }
      var _ =
          receiver
              .push(tenant, version, body, 0, length)
              .whenComplete(
                  (result, failure) -> {
                    if (failure == null) {
                      outcome.complete(result);
                    } else {
                      outcome.completeExceptionally(failure);
                    }
                  });
    } catch (Throwable failure) {
      outcome.completeExceptionally(failure);
    }
  }

  private HttpResponse answer(
      RemoteWriteVersion version, @Nullable PushOutcome outcome, @Nullable Throwable failure) {
    HttpResponse answer;
    if (failure != null) {
      answer = ErrorMapping.plain(isTooLarge(failure) ? tooLarge() : failure);
    } else if (outcome == null || outcome.isComplete()) {
      answer = HttpResponse.of(HttpStatus.NO_CONTENT);
    } else {
      answer = ErrorMapping.plain(new BadRequestException(outcome.text()));
    }
    return version == RemoteWriteVersion.V1 ? answer : withCounts(answer, outcome);
  }

  /// Says how much was stored, as remote write 2.0 wants to know; nothing of a request that failed.
  private static HttpResponse withCounts(HttpResponse answer, @Nullable PushOutcome outcome) {
    long samples = outcome == null ? 0 : outcome.storedSamples() - outcome.storedHistograms();
    long histograms = outcome == null ? 0 : outcome.storedHistograms();
    long exemplars = outcome == null ? 0 : outcome.storedExemplars();
    return answer.mapHeaders(
        headers ->
            headers.toBuilder()
                .addLong("x-prometheus-remote-write-samples-written", samples)
                .addLong("x-prometheus-remote-write-histograms-written", histograms)
                .addLong("x-prometheus-remote-write-exemplars-written", exemplars)
                .build());
  }

  private static RemoteWriteVersion version(HttpRequest request) {
    String type = request.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
    String proto = type.isEmpty() ? "" : proto(type);
    return switch (proto) {
      case "", PROTO_1 -> RemoteWriteVersion.V1;
      case PROTO_2 -> RemoteWriteVersion.V2;
      default ->
          throw BadRequestException.unsupportedMediaType(
              "content type '"
                  + type
                  + "' is not supported: send remote write 1.0 or 2.0 as application/x-protobuf");
    };
  }

  private static void checkEncoding(HttpRequest request) {
    String encoding = request.headers().get(HttpHeaderNames.CONTENT_ENCODING, "");
    if (!encoding.isEmpty() && !encoding.equalsIgnoreCase("snappy")) {
      throw BadRequestException.unsupportedMediaType(
          "content encoding '" + encoding + "' is not supported: compress the body with snappy");
    }
  }

  /// The message that a content type names, in lower case; empty if it is of protobuf and names
  /// none.
  private static String proto(String type) {
    MediaType parsed;
    try {
      parsed = MediaType.parse(type);
    } catch (IllegalArgumentException e) {
      return NO_PROTOBUF;
    }
    if (!parsed.type().equals("application") || !parsed.subtype().equals("x-protobuf")) {
      return NO_PROTOBUF;
    }
    List<String> protos = parsed.parameters().get("proto");
    return protos == null || protos.isEmpty() ? "" : protos.getFirst().toLowerCase(Locale.ROOT);
  }

  private static boolean isTooLarge(Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof ContentTooLargeException;
  }

  private BadRequestException tooLarge() {
    return BadRequestException.tooLarge(
        "the compressed body is larger than "
            + maxBodyBytes
            + " bytes (distributor.max-compressed-body-size)");
  }
}
