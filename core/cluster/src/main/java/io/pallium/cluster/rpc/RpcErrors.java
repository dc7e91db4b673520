package io.pallium.cluster.rpc;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.pallium.base.BadRequestException;
import io.pallium.base.CorruptDataException;
import io.pallium.base.ErrorKind;
import io.pallium.base.LimitExceededException;
import io.pallium.base.NotFoundException;
import io.pallium.base.PalliumException;
import io.pallium.base.QueryCanceledException;
import io.pallium.base.QueryFailedException;
import io.pallium.base.QueryTimeoutException;
import io.pallium.base.TenantMissingException;
import io.pallium.base.UnavailableException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Failures over gRPC: the kind travels in a trailer, the message in the status, so that what a
/// client is told does not depend on whether the ingester is in the same process.
final class RpcErrors {
  private static final Metadata.Key<String> KIND =
      Metadata.Key.of("pallium-error-kind", Metadata.ASCII_STRING_MARSHALLER);

  private static final Logger log = LoggerFactory.getLogger(RpcErrors.class);
  private static final int MAX_TEXT_LENGTH = 1000;

  private RpcErrors() {}

  static StatusException toStatus(Throwable failure) {
    Throwable cause = cause(failure);
    Metadata trailers = new Metadata();
    if (!(cause instanceof PalliumException known)) {
      log.error("a call failed unexpectedly", cause);
      return Status.INTERNAL
          .withDescription("internal error of the ingester, see its log")
          .asException(trailers);
    }
    trailers.put(KIND, known.kind().name());
    Status.Code code =
        switch (known.kind()) {
          case BAD_REQUEST, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE -> Status.Code.INVALID_ARGUMENT;
          case TENANT_MISSING -> Status.Code.UNAUTHENTICATED;
          case NOT_FOUND -> Status.Code.NOT_FOUND;
          case QUERY_FAILED -> Status.Code.FAILED_PRECONDITION;
          case RATE_LIMITED -> Status.Code.RESOURCE_EXHAUSTED;
          case CANCELED -> Status.Code.CANCELLED;
          case CORRUPT_DATA -> Status.Code.DATA_LOSS;
          // To a DEADLINE_EXCEEDED the client's library adds a text of its own.
          case UNAVAILABLE, QUERY_TIMEOUT -> Status.Code.UNAVAILABLE;
        };
    return code.toStatus().withDescription(cut(known.getMessage())).asException(trailers);
  }

  /// The status of a call that failed before the service saw it, with the kind in its trailers.
  ///
  /// @param status what the server's library makes of it
  static Status toStatus(Status status, Throwable failure, Metadata trailers) {
    if (!(cause(failure) instanceof PalliumException known)) {
      return status;
    }
    StatusException own = toStatus(known);
    Metadata ownTrailers = own.getTrailers();
    if (ownTrailers != null) {
      trailers.merge(ownTrailers);
    }
    return own.getStatus();
  }

  /// The text travels in a header, of which a peer takes some kilobytes only.
  private static String cut(String text) {
    return text.length() > MAX_TEXT_LENGTH ? text.substring(0, MAX_TEXT_LENGTH) + "…" : text;
  }

  private static Throwable cause(Throwable failure) {
    boolean isWrapper =
        failure instanceof CompletionException || failure instanceof ExecutionException;
    return isWrapper && failure.getCause() != null ? failure.getCause() : failure;
  }

  /// What a failed call means to the caller. A failure without a kind came from the network or from
  /// a process that is gone: it is not known what was done.
  static PalliumException toException(Throwable failure, String ingester) {
    Throwable cause = cause(failure);
    if (cause instanceof PalliumException known) {
      return known;
    }
    Metadata trailers = null;
    Status status = Status.fromThrowable(cause);
    if (cause instanceof StatusRuntimeException e) {
      trailers = e.getTrailers();
    } else if (cause instanceof StatusException e) {
      trailers = e.getTrailers();
    }
    String description = status.getDescription();
    String message = description == null ? status.getCode().name() : description;
    ErrorKind kind = kind(trailers);
    if (kind == null) {
      return switch (status.getCode()) {
        case DEADLINE_EXCEEDED ->
            new QueryTimeoutException("ingester " + ingester + " did not answer in time", cause);
        default -> new UnavailableException("ingester " + ingester + " failed: " + message, cause);
      };
    }
    return switch (kind) {
      case BAD_REQUEST -> new BadRequestException(message, cause);
      case TOO_LARGE -> BadRequestException.tooLarge(message);
      case UNSUPPORTED_MEDIA_TYPE -> BadRequestException.unsupportedMediaType(message);
      case TENANT_MISSING -> new TenantMissingException(message, cause);
      case NOT_FOUND -> new NotFoundException(message, cause);
      case QUERY_FAILED -> new QueryFailedException(message, cause);
      case RATE_LIMITED -> LimitExceededException.rate(message, java.time.Duration.ofSeconds(1));
      case CANCELED -> new QueryCanceledException(message, cause);
      case CORRUPT_DATA -> new CorruptDataException(message, cause);
      case UNAVAILABLE -> new UnavailableException(message, cause);
      case QUERY_TIMEOUT -> new QueryTimeoutException(message, cause);
    };
  }

  /// The same for a write: whatever is not a plain refusal can be sent again.
  static PalliumException toWriteException(Throwable failure, String ingester) {
    PalliumException exception = toException(failure, ingester);
    return switch (exception.kind()) {
      case QUERY_TIMEOUT, CANCELED ->
          new UnavailableException(
              "ingester " + ingester + " did not take the write: " + exception.getMessage(),
              failure);
      default -> exception;
    };
  }

  private static @Nullable ErrorKind kind(@Nullable Metadata trailers) {
    String name = trailers == null ? null : trailers.get(KIND);
    if (name == null) {
      return null;
    }
    try {
      return ErrorKind.valueOf(name);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
