package io.pallium.objectstore;

import org.jspecify.annotations.Nullable;

/// A store did not do what it was asked to. The message has the store's own words.
///
/// A write that failed with a kind that can pass ([#isRetryable]) may have taken place, now or a
/// little later: whole, or not at all.
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// What is wrong.
  public enum Kind {
    /// There is no object of this name.
    NOT_FOUND(false),
    /// The object was replaced or deleted while it was read.
    CHANGED(false),
    /// The request can never succeed: a name, a range, a capability.
    INVALID(false),
    /// The store refuses these credentials, or what they may do.
    DENIED(false),
    /// The bucket or table is missing, or holds something else.
    MISCONFIGURED(false),
    /// What is stored does not match its checksum or its length.
    CORRUPT(false),
    /// This thread was told to stop.
    CANCELED(false),
    /// The store wants fewer requests.
    THROTTLED(true),
    /// No answer in time.
    TIMED_OUT(true),
    /// The store cannot be reached, or fails for reasons of its own.
    UNAVAILABLE(true);

    private final boolean isRetryable;

    Kind(boolean isRetryable) {
      this.isRetryable = isRetryable;
    }
  }

  private final Kind kind;

  public StoreException(Kind kind, String message) {
    this(kind, message, null);
  }

  public StoreException(Kind kind, String message, @Nullable Throwable cause) {
    // Words of stores have lines of their own.
    super(message.replaceAll("\\s*\\R\\s*", " "), cause);
    this.kind = kind;
  }

  /// What holds the objects is not there, and is not to be made.
  ///
  /// @param what kind and name, as in `bucket "metrics"`
  public static StoreException missing(String what, Exception cause) {
    return new StoreException(
        Kind.MISCONFIGURED,
        what + " does not exist; make it, or set create_if_missing: " + cause.getMessage(),
        cause);
  }

  /// No object has this name.
  public static StoreException notFound(String name) {
    return new StoreException(Kind.NOT_FOUND, "there is no object \"" + name + "\"");
  }

  /// The thread was interrupted; it stays interrupted.
  public static StoreException canceled(String what, Throwable cause) {
    Thread.currentThread().interrupt();
    return new StoreException(Kind.CANCELED, what + ": interrupted", cause);
  }

  public Kind kind() {
    return kind;
  }

  /// Whether the same request can succeed later.
  public boolean isRetryable() {
    return kind.isRetryable;
  }

  /// The message; never null.
  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? "" : message;
  }
}
