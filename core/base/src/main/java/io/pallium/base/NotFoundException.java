package io.pallium.base;

/// What was asked for does not exist.
public final class NotFoundException extends PalliumException {
  private static final long serialVersionUID = 1L;

  /// Fails with a message that names what failed and on what.
  public NotFoundException(String message) {
    super(ErrorKind.NOT_FOUND, message, null);
  }

  /// Fails because of `cause`, with a message that adds what failed and on what.
  public NotFoundException(String message, Throwable cause) {
    super(ErrorKind.NOT_FOUND, message, cause);
  }
}
