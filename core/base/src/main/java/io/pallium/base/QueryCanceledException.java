package io.pallium.base;

/// The caller of a query went away, and the query stopped.
public final class QueryCanceledException extends PalliumException {
  private static final long serialVersionUID = 1L;

  /// Fails with a message that names what failed and on what.
  public QueryCanceledException(String message) {
    super(ErrorKind.CANCELED, message, null);
  }

  /// Fails because of `cause`, with a message that adds what failed and on what.
  public QueryCanceledException(String message, Throwable cause) {
    super(ErrorKind.CANCELED, message, cause);
  }
}
