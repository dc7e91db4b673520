package io.pallium.service.storegateway;

import io.pallium.base.PalliumException;
import io.pallium.base.QueryCanceledException;
import io.pallium.base.UnavailableException;
import io.pallium.storage.QueryControl;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// How a query waits for what others do for it: as long as its time lasts.
final class QueryWait {
  private QueryWait() {}

  /// @param what is waited for, for messages
  /// @throws PalliumException what became of it, or of the query
  static <T> T await(CompletableFuture<T> work, String what, QueryControl control) {
    try {
      return work.get(control.remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof PalliumException known) {
        throw known;
      }
      throw new UnavailableException(what + " cannot be read from the store", e);
    } catch (TimeoutException e) {
      control.check();
      throw new UnavailableException(what + " was not read from the store in time", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new QueryCanceledException("query was canceled while it read " + what);
    }
  }
}
