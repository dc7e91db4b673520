package io.pallium.server.api;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one place where a failure becomes an HTTP answer: plain text on the write path, the envelope
/// of the Prometheus API on the read path.
public final class ErrorMapping {
  private static final Logger log = LoggerFactory.getLogger(ErrorMapping.class);

  private ErrorMapping() {}

  /// The answer of endpoints that speak plain text.
  public static HttpResponse plain(Throwable failure) {
    Failure mapped = map(failure);
    return HttpResponse.of(
        headers(mapped, MediaType.PLAIN_TEXT_UTF_8), HttpData.ofUtf8(mapped.text() + "\n"));
  }

  /// The answer of endpoints of the Prometheus query API.
  public static HttpResponse envelope(Throwable failure) {
    Failure mapped = map(failure);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    try {
      JsonOutput json = new JsonOutput(body, 1024);
      json.raw("{\"status\":\"error\",\"errorType\":").string(errorType(mapped.kind()));
      json.raw(",\"error\":").string(mapped.text()).raw("}").flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return HttpResponse.of(
        headers(mapped, MediaType.JSON_UTF_8), HttpData.wrap(body.toByteArray()));
  }

  /// What kind of failure something is, for metrics; a failure that is not ours is an internal one.
  public static int statusCode(Throwable failure) {
    return map(failure).statusCode();
  }

  private record Failure(
      @org.jspecify.annotations.Nullable ErrorKind kind,
      int statusCode,
      String text,
      Duration retryAfter) {}

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
      default -> {
        log.error("request failed unexpectedly", cause);
        yield new Failure(null, 500, "internal error, see the server's log", Duration.ZERO);
      }
    };
  }

  private static Failure of(PalliumException e, Duration retryAfter) {
    return new Failure(e.kind(), e.kind().httpStatus(), e.getMessage(), retryAfter);
  }

  private static ResponseHeaders headers(Failure failure, MediaType type) {
    ResponseHeadersBuilder headers =
        ResponseHeaders.builder(HttpStatus.valueOf(failure.statusCode())).contentType(type);
    if (!failure.retryAfter().isZero()) {
      headers.add("retry-after", Long.toString(Math.max(1, failure.retryAfter().toSeconds())));
    }
    return headers.build();
  }

  private static String errorType(@org.jspecify.annotations.Nullable ErrorKind kind) {
    if (kind == null) {
      return "internal";
    }
    return switch (kind) {
      case BAD_REQUEST, TENANT_MISSING, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE -> "bad_data";
      case NOT_FOUND -> "not_found";
      case QUERY_FAILED -> "execution";
      case RATE_LIMITED -> "too_many_requests";
      case CANCELED -> "canceled";
      case CORRUPT_DATA -> "internal";
      case UNAVAILABLE -> "unavailable";
      case QUERY_TIMEOUT -> "timeout";
    };
  }
}
