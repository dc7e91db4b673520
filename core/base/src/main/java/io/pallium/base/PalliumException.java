package io.pallium.base;

import org.jspecify.annotations.Nullable;

/// A failure that a caller can be told about: what failed, on what, the actual and the allowed
/// value, and how to change it. The mapping to a wire protocol happens in one place at the edge.
///
/// An invariant of our own that breaks is an `AssertionError("BUG: ...")`, never one of these.
public abstract sealed class PalliumException extends RuntimeException
    permits BadRequestException,
        CorruptDataException,
        LimitExceededException,
        NotFoundException,
        QueryCanceledException,
        QueryFailedException,
        QueryTimeoutException,
        TenantMissingException,
        UnavailableException {
  private static final long serialVersionUID = 1L;

  private final ErrorKind kind;

  PalliumException(ErrorKind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /// The kind of this failure.
  public final ErrorKind kind() {
    return kind;
  }

  /// The message; never null.
  @Override
  public final String getMessage() {
    String message = super.getMessage();
    return message == null ? "" : message;
  }
}
