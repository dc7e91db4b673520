package io.pallium.base;

import java.time.Duration;

/// This node, or a node behind it, cannot serve now; the same request can succeed later.
public final class UnavailableException extends PalliumException {
  private static final long serialVersionUID = 1L;
  private static final Duration DEFAULT_RETRY_AFTER = Duration.ofSeconds(5);

  private final Duration retryAfter;

  /// Fails with the default hint of when to come back.
  public UnavailableException(String message) {
    this(message, DEFAULT_RETRY_AFTER);
  }

  /// Fails with a hint of when to come back.
  public UnavailableException(String message, Duration retryAfter) {
    super(ErrorKind.UNAVAILABLE, message, null);
    this.retryAfter = retryAfter;
  }

  /// Fails because of `cause`, with the default hint of when to come back.
  public UnavailableException(String message, Throwable cause) {
    super(ErrorKind.UNAVAILABLE, message, cause);
    this.retryAfter = DEFAULT_RETRY_AFTER;
  }

  /// How long a caller should wait before it tries again.
  public Duration retryAfter() {
    return retryAfter;
  }
}
