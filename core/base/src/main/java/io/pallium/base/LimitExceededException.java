package io.pallium.base;

import java.time.Duration;

/// A limit of a tenant or of this node is reached. The kind says which answer follows: a rate
/// (429), what a query may use (422), or the room of a node (503).
public final class LimitExceededException extends PalliumException {
  private static final long serialVersionUID = 1L;

  private final Duration retryAfter;

  private LimitExceededException(ErrorKind kind, String message, Duration retryAfter) {
    super(kind, message, null);
    this.retryAfter = retryAfter;
  }

  /// A tenant is over one of its rates: the whole request is refused.
  public static LimitExceededException rate(String message, Duration retryAfter) {
    return new LimitExceededException(ErrorKind.RATE_LIMITED, message, retryAfter);
  }

  /// A query would use more than it may.
  public static LimitExceededException query(String message) {
    return new LimitExceededException(ErrorKind.QUERY_FAILED, message, Duration.ZERO);
  }

  /// This node has no room left.
  public static LimitExceededException node(String message) {
    return new LimitExceededException(ErrorKind.UNAVAILABLE, message, Duration.ofSeconds(5));
  }

  /// How long a caller should wait before it tries again; zero where that cannot help.
  public Duration retryAfter() {
    return retryAfter;
  }
}
