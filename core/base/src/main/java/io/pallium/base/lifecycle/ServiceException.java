package io.pallium.base.lifecycle;

/// A service did not start, broke down or did not stop cleanly. Further failures on the way down
/// are suppressed exceptions.
public final class ServiceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ServiceException(String message) {
    super(message);
  }

  ServiceException(String message, Throwable cause) {
    super(message, cause);
  }
}
