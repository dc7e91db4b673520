package io.pallium.model;

import io.pallium.base.TenantMissingException;

/// A valid tenant id: 1 to 150 of `A-Z a-z 0-9 ! - _ . * ' ( )`, and none of the names that object
/// stores or file systems give a meaning. Safe as a file name.
///
/// @param value the id as the client sent it
public record TenantId(String value) implements Comparable<TenantId> {
  private static final int MAX_LENGTH_BYTES = 150;

  /// The single tenant of an installation without authentication.
  public static final TenantId ANONYMOUS = new TenantId("anonymous");

  /// @throws TenantMissingException if the id is empty, too long or has a character that is not
  ///   allowed
  public TenantId {
    if (value.isEmpty()) {
      throw new TenantMissingException("no tenant id: set the X-Scope-OrgID header");
    }
    if (value.length() > MAX_LENGTH_BYTES) {
      throw new TenantMissingException(
          "tenant id is too long: " + value.length() + " bytes, the limit is " + MAX_LENGTH_BYTES);
    }
    for (int i = 0; i < value.length(); i++) {
      if (!isAllowed(value.charAt(i))) {
        throw new TenantMissingException(
            "tenant id has a character that is not allowed at position "
                + i
                + "; allowed are A-Z a-z 0-9 ! - _ . * ' ( )");
      }
    }
    if (value.equals(".")
        || value.equals("..")
        || value.equals("__markers__")
        || value.equals("user-index.json.gz")) {
      throw new TenantMissingException("tenant id '" + value + "' is reserved");
    }
  }

  @Override
  public int compareTo(TenantId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }

  private static boolean isAllowed(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "!-_.*'()".indexOf(c) >= 0;
  }
}
