package io.pallium.base;

/// Stored data does not decode or does not match its checksum.
public final class CorruptDataException extends PalliumException {
  private static final long serialVersionUID = 1L;

  /// Fails with a message that names what failed and on what.
  public CorruptDataException(String message) {
    super(ErrorKind.CORRUPT_DATA, message, null);
  }

  /// Fails because of `cause`, with a message that adds what failed and on what.
  public CorruptDataException(String message, Throwable cause) {
    super(ErrorKind.CORRUPT_DATA, message, cause);
  }
}
