package io.pallium.azure;

import com.azure.core.exception.HttpResponseException;
import io.pallium.objectstore.StoreException;
import io.pallium.objectstore.StoreException.Kind;
import org.jspecify.annotations.Nullable;

/// What the driver's failures mean.
final class AzureErrors {
  private AzureErrors() {}

  static StoreException of(String what, RuntimeException e) {
    if (e instanceof StoreException known) {
      return known;
    }
    for (Throwable at = e; at != null; at = at.getCause()) {
      if (at instanceof InterruptedException) {
        return StoreException.canceled(what, e);
      }
    }
    if (Thread.currentThread().isInterrupted()) {
      return StoreException.canceled(what, e);
    }
    HttpResponseException answer = answerIn(e);
    Kind kind = answer == null ? Kind.UNAVAILABLE : kindOf(statusOf(e));
    return new StoreException(kind, "azure: " + what + ": " + e.getMessage(), e);
  }

  /// The status of an answer; 0 if there was none.
  static int statusOf(RuntimeException e) {
    HttpResponseException answer = answerIn(e);
    return answer == null || answer.getResponse() == null
        ? 0
        : answer.getResponse().getStatusCode();
  }

  private static @Nullable HttpResponseException answerIn(RuntimeException e) {
    for (Throwable at = e; at != null; at = at.getCause()) {
      if (at instanceof HttpResponseException answer) {
        return answer;
      }
    }
    return null;
  }

  private static Kind kindOf(int status) {
    return switch (status) {
      case 401, 403 -> Kind.DENIED;
      case 404 -> Kind.MISCONFIGURED;
      case 429, 503 -> Kind.THROTTLED;
      case 0, 408, 409 -> Kind.UNAVAILABLE;
      default -> status >= 500 ? Kind.UNAVAILABLE : Kind.INVALID;
    };
  }
}
