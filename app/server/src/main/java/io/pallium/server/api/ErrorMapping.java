package io.pallium.server.api;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.CancellationException;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.common.stream.ClosedStreamException;
import com.linecorp.armeria.server.HttpStatusException;
import com.linecorp.armeria.server.RequestTimeoutException;
import io.pallium.base.ErrorKind;
import io.pallium.base.LimitExceededException;
import io.pallium.base.PalliumException;
import io.pallium.base.UnavailableException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one place where a failure becomes an HTTP answer: the envelope of the Prometheus API for the
/// query API, plain text for all else.
public final class ErrorMapping {
  private static final Logger log = LoggerFactory.getLogger(ErrorMapping.class);

  private ErrorMapping() {}

  /// The answer of endpoints that speak plain text.
  public static HttpResponse plain(Throwable failure) {
    return render(map(failure), false).toHttpResponse();
  }

  /// The answer of endpoints of the query API.
  public static HttpResponse envelope(Throwable failure) {
    return render(map(failure), true).toHttpResponse();
  }

  /// The answer in the form that clients of this path expect.
  public static HttpResponse of(String path, Throwable failure) {
    return render(map(failure), isQueryApi(path)).toHttpResponse();
  }

  /// The answer to a request that the server refuses before anyone looks at it.
  ///
  /// @param path empty if the address cannot be read
  /// @param reason what is wrong with it; null or empty if nobody said
  /// @param cause what went wrong; null if nothing did
  public static AggregatedHttpResponse refused(
      String path, HttpStatus status, @Nullable String reason, @Nullable Throwable cause) {
    Failure failure =
        cause instanceof ContentTooLargeException ? map(cause) : refusal(path, status, reason);
    return render(failure, isQueryApi(path));
  }

  /// The answer to a method that a path does not take.
  public static HttpResponse methodNotAllowed(String path, HttpMethod... allowed) {
    AggregatedHttpResponse refused = refused(path, HttpStatus.METHOD_NOT_ALLOWED, null, null);
    String methods = Stream.of(allowed).map(HttpMethod::name).collect(Collectors.joining(", "));
    return HttpResponse.of(
        refused.headers().toBuilder().add(HttpHeaderNames.ALLOW, methods).build(),
        refused.content());
  }

  /// The status that a failure is answered with, for metrics.
  static int statusCode(Throwable failure) {
    return map(failure).statusCode();
  }

  private record Failure(int statusCode, String errorType, String text, Duration retryAfter) {}

  private static Failure map(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return switch (cause) {
      case UnavailableException e -> of(e, e.retryAfter());
      case LimitExceededException e -> of(e, e.retryAfter());
      case PalliumException e -> of(e, Duration.ZERO);
      case ContentTooLargeException e ->
          of(
              ErrorKind.TOO_LARGE,
              "the body is larger than the limit of " + e.maxContentLength() + " bytes");
      case RequestTimeoutException e ->
          map(
              new UnavailableException(
                  "the body did not come within the time a client may take"
                      + " (server.client-timeout)",
                  e));
      case ClosedStreamException _, CancellationException _ ->
          of(ErrorKind.CANCELED, "the client went away");
      case HttpStatusException e -> refusal("", e.httpStatus(), null);
      default -> {
        log.error("request failed unexpectedly", cause);
        yield of(ErrorKind.CORRUPT_DATA, "internal error, see the server's log");
      }
    };
  }

  private static Failure of(PalliumException e, Duration retryAfter) {
    ErrorKind kind = e.kind();
    return new Failure(kind.httpStatus(), errorType(kind), e.getMessage(), retryAfter);
  }

  private static Failure of(ErrorKind kind, String text) {
    return new Failure(kind.httpStatus(), errorType(kind), text, Duration.ZERO);
  }

  private static Failure refusal(String path, HttpStatus status, @Nullable String reason) {
    String text =
        reason == null || reason.isEmpty() || reason.equals(status.reasonPhrase())
            ? status.reasonPhrase().toLowerCase(java.util.Locale.ROOT)
                + (path.isEmpty() ? "" : ": " + path)
            : reason;
    if (status.equals(HttpStatus.SERVICE_UNAVAILABLE)) {
      return map(new UnavailableException(text));
    }
    String errorType =
        status.equals(HttpStatus.NOT_FOUND)
            ? "not_found"
            : status.isServerError() ? "internal" : "bad_data";
    return new Failure(status.code(), errorType, text, Duration.ZERO);
  }

  /// Of an address that cannot be read nothing is known, and the query API is what takes addresses
  /// that have something in them.
  private static boolean isQueryApi(String path) {
    return path.isEmpty()
        || path.startsWith("/prometheus/api/")
        || path.startsWith("/api/")
            && !path.equals("/api/v1/push")
            && !path.equals("/api/v1/write")
            && !path.equals("/api/prom/push");
  }

  private static AggregatedHttpResponse render(Failure failure, boolean isEnvelope) {
    ResponseHeadersBuilder headers =
        ResponseHeaders.builder(HttpStatus.valueOf(failure.statusCode()))
            .contentType(isEnvelope ? MediaType.JSON : MediaType.PLAIN_TEXT_UTF_8);
    if (!failure.retryAfter().isZero()) {
      headers.add(
          HttpHeaderNames.RETRY_AFTER,
          Long.toString(Math.max(1, failure.retryAfter().toSeconds())));
    }
    HttpData body =
        isEnvelope ? HttpData.wrap(json(failure)) : HttpData.ofUtf8(failure.text() + "\n");
    return AggregatedHttpResponse.of(headers.build(), body);
  }

  private static byte[] json(Failure failure) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try {
      JsonOutput json = new JsonOutput(body, 1024);
      json.raw("{\"status\":\"error\",\"errorType\":").string(failure.errorType());
      json.raw(",\"error\":").string(failure.text()).raw("}").flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return body.toByteArray();
  }

  private static String errorType(ErrorKind kind) {
    return switch (kind) {
      case BAD_REQUEST, TENANT_MISSING, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE -> "bad_data";
      case NOT_FOUND -> "not_found";
      case QUERY_FAILED -> "execution";
      case RATE_LIMITED -> "unavailable";
      case CANCELED -> "canceled";
      case CORRUPT_DATA -> "internal";
      case UNAVAILABLE -> "unavailable";
      case QUERY_TIMEOUT -> "timeout";
    };
  }
}
