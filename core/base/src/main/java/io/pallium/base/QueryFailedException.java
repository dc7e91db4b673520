package io.pallium.base;

/// A query is well formed but cannot be evaluated, or breaks a query limit.
public final class QueryFailedException extends PalliumException {
  private static final long serialVersionUID = 1L;

  /// Fails with a message that names what failed and on what.
  public QueryFailedException(String message) {
    super(ErrorKind.QUERY_FAILED, message, null);
  }

  /// Fails because of `cause`, with a message that adds what failed and on what.
  public QueryFailedException(String message, Throwable cause) {
    super(ErrorKind.QUERY_FAILED, message, cause);
  }
}
