package io.pallium.cassandra;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.DriverTimeoutException;
import com.datastax.oss.driver.api.core.RequestThrottlingException;
import com.datastax.oss.driver.api.core.auth.AuthenticationException;
import com.datastax.oss.driver.api.core.servererrors.OverloadedException;
import com.datastax.oss.driver.api.core.servererrors.QueryValidationException;
import com.datastax.oss.driver.api.core.servererrors.ReadTimeoutException;
import com.datastax.oss.driver.api.core.servererrors.UnauthorizedException;
import com.datastax.oss.driver.api.core.servererrors.WriteTimeoutException;
import io.pallium.objectstore.StoreException;
import io.pallium.objectstore.StoreException.Kind;
import java.util.List;

/// What the driver's failures mean.
final class CassandraErrors {
  private CassandraErrors() {}

  static StoreException of(String what, Throwable e) {
    if (e instanceof StoreException known) {
      return known;
    }
    return new StoreException(kindOf(e), "cassandra: " + what + ": " + e.getMessage(), e);
  }

  private static Kind kindOf(Throwable e) {
    return switch (e) {
      case AuthenticationException _, UnauthorizedException _ -> Kind.DENIED;
      case OverloadedException _, RequestThrottlingException _ -> Kind.THROTTLED;
      case DriverTimeoutException _, ReadTimeoutException _, WriteTimeoutException _ ->
          Kind.TIMED_OUT;
      case QueryValidationException _ -> Kind.MISCONFIGURED;
      case AllNodesFailedException all -> kindOf(all);
      default -> Kind.UNAVAILABLE;
    };
  }

  /// What all nodes refuse is refused.
  private static Kind kindOf(AllNodesFailedException e) {
    boolean isDenied =
        e.getAllErrors().values().stream()
            .flatMap(List::stream)
            .anyMatch(AuthenticationException.class::isInstance);
    return isDenied ? Kind.DENIED : Kind.UNAVAILABLE;
  }
}
