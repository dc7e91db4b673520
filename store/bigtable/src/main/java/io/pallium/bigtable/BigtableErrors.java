package io.pallium.bigtable;

import com.google.api.gax.rpc.ApiException;
import io.pallium.objectstore.StoreException;
import io.pallium.objectstore.StoreException.Kind;

/// What the driver's failures mean.
final class BigtableErrors {
  private BigtableErrors() {}

  static StoreException of(String what, Throwable e) {
    Kind kind = e instanceof ApiException answer ? kindOf(answer) : Kind.UNAVAILABLE;
    return new StoreException(kind, "bigtable: " + what + ": " + e.getMessage(), e);
  }

  private static Kind kindOf(ApiException e) {
    return switch (e.getStatusCode().getCode()) {
      case NOT_FOUND, FAILED_PRECONDITION -> Kind.MISCONFIGURED;
      case PERMISSION_DENIED, UNAUTHENTICATED -> Kind.DENIED;
      case RESOURCE_EXHAUSTED -> Kind.THROTTLED;
      case DEADLINE_EXCEEDED -> Kind.TIMED_OUT;
      case INVALID_ARGUMENT, OUT_OF_RANGE, UNIMPLEMENTED, ALREADY_EXISTS -> Kind.INVALID;
      case OK, CANCELLED, UNKNOWN, ABORTED, INTERNAL, UNAVAILABLE, DATA_LOSS -> Kind.UNAVAILABLE;
    };
  }
}
