package io.pallium.gcs;

import com.google.auth.Retryable;
import com.google.cloud.BaseServiceException;
import io.pallium.objectstore.StoreException;
import io.pallium.objectstore.StoreException.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import org.jspecify.annotations.Nullable;

/// What the driver's failures mean.
final class GcsErrors {
  private GcsErrors() {}

  static StoreException of(String what, Throwable e) {
    if (e instanceof StoreException known) {
      return known;
    }
    BaseServiceException answer = answerIn(e);
    if (isInterrupt(e) || Thread.currentThread().isInterrupted()) {
      return StoreException.canceled(what, e);
    }
    Kind kind;
    if (isRefusedToken(e)) {
      kind = Kind.DENIED;
    } else if (answer != null) {
      kind = kindOf(answer.getCode());
    } else {
      // The driver wraps what goes wrong on the wire; what comes bare is from the content.
      kind = e instanceof IOException ? Kind.INVALID : Kind.UNAVAILABLE;
    }
    return new StoreException(kind, "gcs: " + what + ": " + e.getMessage(), e);
  }

  /// The status of an answer; 0 if there was none.
  static int codeOf(Throwable e) {
    BaseServiceException answer = answerIn(e);
    return answer == null ? 0 : answer.getCode();
  }

  private static @Nullable BaseServiceException answerIn(Throwable e) {
    for (Throwable at = e; at != null; at = at.getCause()) {
      if (at instanceof BaseServiceException answer) {
        return answer;
      }
    }
    return null;
  }

  /// Whoever gives out tokens has answered, and gives none for these credentials.
  private static boolean isRefusedToken(Throwable e) {
    for (Throwable at = e; at != null; at = at.getCause()) {
      if (at instanceof Retryable token) {
        return !token.isRetryable();
      }
    }
    return false;
  }

  private static boolean isInterrupt(Throwable e) {
    for (Throwable at = e; at != null; at = at.getCause()) {
      if (at instanceof InterruptedException
          || at instanceof ClosedByInterruptException
          || at.getClass() == InterruptedIOException.class) {
        return true;
      }
    }
    return false;
  }

  private static Kind kindOf(int code) {
    return switch (code) {
      case 401, 403 -> Kind.DENIED;
      case 404 -> Kind.MISCONFIGURED;
      case 429 -> Kind.THROTTLED;
      case 0, 408, 409 -> Kind.UNAVAILABLE;
      default -> code >= 500 ? Kind.UNAVAILABLE : Kind.INVALID;
    };
  }
}
