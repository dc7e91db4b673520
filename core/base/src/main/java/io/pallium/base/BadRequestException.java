package io.pallium.base;

/// The request itself is wrong, and sending it again cannot help. The kind says how: a plain bad
/// request, a body that is too large, or one of a type that is not understood.
public final class BadRequestException extends PalliumException {
  private static final long serialVersionUID = 1L;

  private BadRequestException(ErrorKind kind, String message) {
    super(kind, message, null);
  }

  /// A plain bad request.
  public BadRequestException(String message) {
    super(ErrorKind.BAD_REQUEST, message, null);
  }

  /// A plain bad request, found by way of `cause`.
  public BadRequestException(String message, Throwable cause) {
    super(ErrorKind.BAD_REQUEST, message, cause);
  }

  /// A body over a size limit.
  public static BadRequestException tooLarge(String message) {
    return new BadRequestException(ErrorKind.TOO_LARGE, message);
  }

  /// A body of a type or encoding that is not understood.
  public static BadRequestException unsupportedMediaType(String message) {
    return new BadRequestException(ErrorKind.UNSUPPORTED_MEDIA_TYPE, message);
  }
}
