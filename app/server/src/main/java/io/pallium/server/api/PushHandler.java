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
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.buffer.ByteBuf;
import io.pallium.base.BadRequestException;
import io.pallium.base.LimitExceededException;
import io.pallium.base.PalliumException;
import io.pallium.base.UnavailableException;
import io.pallium.model.TenantId;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;

/// Remote write 1.0. The event loop only frames; decompressing, decoding and applying run on a
/// bounded pool; the answer completes from the log's thread.
public final class PushHandler implements HttpService {
  /// Takes one compressed body of one tenant. The array belongs to the caller again when the method
  /// returns. The future completes with the empty text if all was stored and durable, with what to
  /// answer if something was refused, or exceptionally.
  public interface Receiver {
    CompletableFuture<String> push(TenantId tenant, byte[] body, int offset, int lengthBytes);
  }

  private final TenantResolver tenants;
  private final Receiver receiver;
  private final ExecutorService workers;
  private final long maxBodyBytes;
  private final long maxWaitingBytes;
  private final AtomicLong waitingBytes = new AtomicLong();
  private final ThreadLocal<byte[]> bodies = ThreadLocal.withInitial(() -> new byte[64 * 1024]);

  /// @param workers the bounded pool that decodes; refuses work when it is full
  /// @param maxBodyBytes the most bytes of a compressed body
  /// @param maxWaitingBytes the most bytes of compressed bodies that are read or wait for a worker
  public PushHandler(
      TenantResolver tenants,
      Receiver receiver,
      ExecutorService workers,
      long maxBodyBytes,
      long maxWaitingBytes) {
    this.tenants = tenants;
    this.receiver = receiver;
    this.workers = workers;
    this.maxBodyBytes = maxBodyBytes;
    this.maxWaitingBytes = maxWaitingBytes;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest request) {
    if (request.method() != HttpMethod.POST) {
      return ErrorMapping.methodNotAllowed(ctx.path(), HttpMethod.POST);
    }
    TenantId tenant;
    long declaredBytes = Math.max(0, request.headers().contentLength());
    try {
      tenant = tenants.resolve(request);
      checkHeaders(request);
      if (declaredBytes > maxBodyBytes) {
        throw tooLarge();
      }
      reserve(declaredBytes);
    } catch (PalliumException e) {
      return ErrorMapping.plain(e);
    }
    ctx.setMaxRequestLength(maxBodyBytes);
    return HttpResponse.of(
        request
            .aggregate(AggregationOptions.usePooledObjects(ctx.alloc(), ctx.eventLoop()))
            .whenComplete(
                (_, failure) -> {
                  if (failure != null) {
                    release(declaredBytes);
                  }
                })
            .thenCompose(whole -> hand(tenant, whole, declaredBytes))
            .handle(this::answer));
  }

  /// Takes room for the bytes of a body from when they are expected until they are with a worker.
  private void reserve(long bytes) {
    if (waitingBytes.addAndGet(bytes) > maxWaitingBytes && bytes > 0) {
      release(bytes);
      throw LimitExceededException.node(
          "too many writes wait: "
              + bytes
              + " bytes more exceed the limit of "
              + maxWaitingBytes
              + " (distributor.max-inflight-size)");
    }
  }

  private void release(long bytes) {
    waitingBytes.addAndGet(-bytes);
  }

  /// @param declaredBytes how much room was taken for the body before it came
  private CompletableFuture<String> hand(
      TenantId tenant, AggregatedHttpRequest whole, long declaredBytes) {
    CompletableFuture<String> outcome = new CompletableFuture<>();
    int length = whole.content().length();
    try {
      reserve(length - declaredBytes);
    } catch (LimitExceededException e) {
      release(declaredBytes);
      whole.content().close();
      outcome.completeExceptionally(e);
      return outcome;
    }
    try {
      workers.execute(() -> push(tenant, whole, outcome));
    } catch (RejectedExecutionException e) {
      release(length);
      whole.content().close();
      outcome.completeExceptionally(
          new UnavailableException("too many writes in flight (server.max-waiting-pushes)", e));
    }
    return outcome;
  }

  private void push(
      TenantId tenant, AggregatedHttpRequest whole, CompletableFuture<String> outcome) {
    try {
      byte[] body;
      int length = whole.content().length();
      try (var content = whole.content()) {
        ByteBuf bytes = content.byteBuf();
        body = bodies.get();
        if (body.length < length) {
          body = new byte[Math.max(length, body.length * 2)];
          bodies.set(body);
        }
        bytes.getBytes(bytes.readerIndex(), body, 0, length);
      } finally {
        release(length);
      }
      var _ =
          receiver
              .push(tenant, body, 0, length)
              .whenComplete(
                  (text, failure) -> {
                    if (failure == null) {
                      outcome.complete(text);
                    } else {
                      outcome.completeExceptionally(failure);
                    }
                  });
    } catch (Throwable failure) {
      outcome.completeExceptionally(failure);
    }
  }

  private HttpResponse answer(
      @org.jspecify.annotations.Nullable String text,
      @org.jspecify.annotations.Nullable Throwable failure) {
    if (failure != null) {
      return ErrorMapping.plain(isTooLarge(failure) ? tooLarge() : failure);
    }
    if (text == null || text.isEmpty()) {
      return HttpResponse.of(HttpStatus.NO_CONTENT);
    }
    return ErrorMapping.plain(new BadRequestException(text));
  }

  private static void checkHeaders(HttpRequest request) {
    String type = request.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
    if (!type.isEmpty() && !isRemoteWrite1(type)) {
      throw BadRequestException.unsupportedMediaType(
          "content type '"
              + type
              + "' is not supported: send remote write 1.0 as application/x-protobuf");
    }
    String encoding = request.headers().get(HttpHeaderNames.CONTENT_ENCODING, "");
    if (!encoding.isEmpty() && !encoding.equalsIgnoreCase("snappy")) {
      throw BadRequestException.unsupportedMediaType(
          "content encoding '" + encoding + "' is not supported: compress the body with snappy");
    }
  }

  private static boolean isRemoteWrite1(String type) {
    MediaType parsed;
    try {
      parsed = MediaType.parse(type);
    } catch (IllegalArgumentException e) {
      return false;
    }
    if (!parsed.type().equals("application") || !parsed.subtype().equals("x-protobuf")) {
      return false;
    }
    var protos = parsed.parameters().get("proto");
    return protos == null
        || protos.isEmpty()
        || protos.get(0).toLowerCase(Locale.ROOT).equals("prometheus.writerequest");
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
