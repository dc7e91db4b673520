package io.pallium.base;

/// The tenant is missing or invalid.
public final class TenantMissingException extends PalliumException {
  private static final long serialVersionUID = 1L;

  /// Fails with a message that names what failed and on what.
  public TenantMissingException(String message) {
    super(ErrorKind.TENANT_MISSING, message, null);
  }

  /// Fails because of `cause`, with a message that adds what failed and on what.
  public TenantMissingException(String message, Throwable cause) {
    super(ErrorKind.TENANT_MISSING, message, cause);
  }
}
