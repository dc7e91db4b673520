package io.pallium.service.storegateway;

import io.pallium.base.PalliumException;
import io.pallium.base.QueryCanceledException;
import io.pallium.base.UnavailableException;
import io.pallium.objectstore.StoreException;
import io.pallium.storage.QueryControl;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// How a query waits for what others do for it: as long as its time lasts.
final class QueryWait {
  private QueryWait() {}

  /// Waits for what other queries wait for too, and no longer than until the query is cancelled.
  ///
  /// @param what is waited for, for messages
  /// @throws PalliumException what became of it, or of the query
  static <T> T awaitShared(CompletableFuture<T> work, String what, QueryControl control) {
    control.check();
    if (work.isDone()) {
      return await(work, what, control);
    }
    CompletableFuture<T> mine = work.copy();
    control.onCancel(
        () ->
            mine.completeExceptionally(
                new QueryCanceledException("query was canceled while it read " + what)));
    return await(mine, what, control);
  }

  /// @param what is waited for, for messages
  /// @throws PalliumException what became of it, or of the query
  static <T> T await(CompletableFuture<T> work, String what, QueryControl control) {
    try {
      return work.get(control.remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      while (cause instanceof CompletionException && cause.getCause() != null) {
        cause = cause.getCause();
      }
      if (cause instanceof PalliumException known) {
        throw known;
      }
      if (cause instanceof StoreException known) {
        throw StoredObject.failure(what, known);
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
