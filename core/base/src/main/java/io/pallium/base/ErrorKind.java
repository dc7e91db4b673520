package io.pallium.base;

/// What kind of failure a [PalliumException] is: decides the HTTP status, the gRPC status, whether
/// a caller may try again, and the value of the `kind` label in metrics.
public enum ErrorKind {
  /// The request itself is wrong and will be wrong again.
  BAD_REQUEST(400, false),
  /// No tenant, or an invalid one, where one is required.
  TENANT_MISSING(401, false),
  /// What was asked for does not exist.
  NOT_FOUND(404, false),
  /// The body is larger than a limit allows.
  TOO_LARGE(413, false),
  /// The body is of a type or encoding that is not understood.
  UNSUPPORTED_MEDIA_TYPE(415, false),
  /// A query cannot be evaluated, or breaks a query limit.
  QUERY_FAILED(422, false),
  /// A tenant is over one of its rates.
  RATE_LIMITED(429, true),
  /// The caller went away.
  CANCELED(499, false),
  /// Stored data does not decode or does not match its checksum.
  CORRUPT_DATA(500, false),
  /// This node or a node behind it cannot serve now.
  UNAVAILABLE(503, true),
  /// A query ran out of time.
  QUERY_TIMEOUT(503, true);

  private final int httpStatus;
  private final boolean retryable;

  ErrorKind(int httpStatus, boolean retryable) {
    this.httpStatus = httpStatus;
    this.retryable = retryable;
  }

  /// The HTTP status code that this kind is answered with.
  public int httpStatus() {
    return httpStatus;
  }

  /// Whether the same request can succeed later.
  public boolean isRetryable() {
    return retryable;
  }
}
