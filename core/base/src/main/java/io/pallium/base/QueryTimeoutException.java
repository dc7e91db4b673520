package io.pallium.base;

/// A query ran out of its time.
public final class QueryTimeoutException extends PalliumException {
  private static final long serialVersionUID = 1L;

  /// Fails with a message that names what failed and on what.
  public QueryTimeoutException(String message) {
    super(ErrorKind.QUERY_TIMEOUT, message, null);
  }

  /// Fails because of `cause`, with a message that adds what failed and on what.
  public QueryTimeoutException(String message, Throwable cause) {
    super(ErrorKind.QUERY_TIMEOUT, message, cause);
  }
}
