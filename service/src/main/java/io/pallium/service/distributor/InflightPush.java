package io.pallium.service.distributor;

import io.pallium.base.PalliumException;
import io.pallium.base.UnavailableException;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteResult;
import io.pallium.service.distributor.Rejections.Kind;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A request whose batches are with the ingesters: waits for their answers, repeats the series
/// whose refs an ingester does not know, and makes one outcome of all answers.
///
/// Answers come on the threads of the sinks, several at once if there are several ingesters; what
/// they change is guarded by `lock`. The request is given back when the last one is in, since the
/// batches belong to the sinks until then.
final class InflightPush {
  private final Distributor distributor;
  private final PushRequest request;
  private final TenantWrites tenant;
  private final CompletableFuture<PushOutcome> outcome = new CompletableFuture<>();

  private final ReentrantLock lock = new ReentrantLock();
  private int waitingFor = 1;
  private long storedSamples;
  private @Nullable Throwable failure;

  InflightPush(Distributor distributor, PushRequest request, TenantWrites tenant) {
    this.distributor = distributor;
    this.request = request;
    this.tenant = tenant;
  }

  /// Sends all batches.
  CompletableFuture<PushOutcome> send() {
    for (int ingester = 0; ingester < request.ingesterCount(); ingester++) {
      if (!request.subBatch(ingester).batch().isEmpty()) {
        lock.lock();
        try {
          waitingFor++;
        } finally {
          lock.unlock();
        }
        send(ingester, false);
      }
    }
    answered();
    return outcome;
  }

  private void send(int ingester, boolean isRepeated) {
    WriteBatch batch = request.subBatch(ingester).batch();
    CompletableFuture<WriteResult> answer;
    try {
      answer = distributor.ring().sink(ingester).write(batch);
    } catch (RuntimeException | Error e) {
      fail(e);
      return;
    }
    var unused = answer.whenComplete((result, error) -> take(ingester, isRepeated, result, error));
  }

  private void take(
      int ingester, boolean isRepeated, @Nullable WriteResult result, @Nullable Throwable error) {
    if (error != null || result == null) {
      fail(error == null ? new AssertionError("BUG: an ingester's answer is null") : error);
      return;
    }
    distributor.seeIncarnation(ingester, result.incarnation());
    if (request.subBatch(ingester).labelledCount() == 0 && result.unknownRefCount() == 0) {
      merge(result);
      return;
    }
    // The thread belongs to the sink (the log's, in process): what takes long goes elsewhere.
    try {
      distributor.executor().execute(() -> followUp(ingester, isRepeated, result));
    } catch (RejectedExecutionException e) {
      fail(new UnavailableException("too many writes are in work, or this node is stopping", e));
    }
  }

  private void followUp(int ingester, boolean isRepeated, WriteResult result) {
    SubBatch subBatch = request.subBatch(ingester);
    try {
      subBatch.storeRefs(result, ingester, tenant.aliases(), request.reader());
      if (result.unknownRefCount() == 0) {
        merge(result);
        return;
      }
      if (isRepeated) {
        fail(new UnavailableException("an ingester does not know refs that it was not given"));
        return;
      }
      distributor.metrics().resent(result.unknownRefCount());
      repeat(subBatch, result);
    } catch (RuntimeException | Error e) {
      fail(e);
      return;
    }
    send(ingester, true);
  }

  /// Takes over what was stored and refused already, and prepares the rest to be sent with labels.
  private void repeat(SubBatch subBatch, WriteResult result) {
    lock.lock();
    try {
      add(result);
      // The identity is shared by all batches of the request.
      subBatch.keepUnknown(result, request.identity(), request.reader());
    } finally {
      lock.unlock();
    }
  }

  private void merge(WriteResult result) {
    lock.lock();
    try {
      add(result);
    } finally {
      lock.unlock();
    }
    answered();
  }

  private void add(WriteResult result) {
    storedSamples += result.storedSamples();
    request.rejections().add(result);
  }

  private void fail(Throwable error) {
    Throwable cause =
        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    lock.lock();
    try {
      if (failure == null || urgency(cause) > urgency(failure)) {
        failure = cause;
      }
    } finally {
      lock.unlock();
    }
    answered();
  }

  /// Which of two failures the sender is told: one of the server before a rate, since only it is
  /// surely tried again, and a rate before what is wrong with the request.
  private static int urgency(Throwable error) {
    if (!(error instanceof PalliumException known) || known.kind().httpStatus() >= 500) {
      return 2;
    }
    return known.kind().isRetryable() ? 1 : 0;
  }

  private void answered() {
    lock.lock();
    try {
      if (--waitingFor > 0) {
        return;
      }
    } finally {
      lock.unlock();
    }
    complete();
  }

  /// Runs once, on the thread of the last answer. The request is given back before the caller hears
  /// of it, and the caller hears of it whatever happens.
  private void complete() {
    Throwable error = failure;
    PushOutcome result = null;
    try {
      Rejections rejections = request.rejections();
      if (error == null) {
        distributor.metrics().discarded(tenant.tenant(), rejections);
        error = request.histogramRefusal();
      }
      if (error == null) {
        // An ingester does not say of what kind a refused sample is: floats, while there are some.
        long histograms = Math.min(request.keptHistogramCount(), storedSamples);
        long exemplars = request.exemplarCount() - rejections.total(Kind.EXEMPLAR);
        result =
            new PushOutcome(
                storedSamples,
                histograms,
                exemplars,
                rejections.total(),
                rejections.firstReason(),
                rejections.text());
      } else {
        distributor.metrics().failed(tenant.tenant().value(), error);
      }
    } catch (RuntimeException | Error e) {
      error = e;
    } finally {
      distributor.finish(request);
    }
    if (error != null) {
      outcome.completeExceptionally(error);
    } else {
      outcome.complete(result);
    }
  }
}
