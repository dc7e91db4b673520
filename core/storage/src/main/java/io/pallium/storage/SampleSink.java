package io.pallium.storage;

import io.pallium.model.WriteBatch;
import io.pallium.model.WriteResult;
import java.util.concurrent.CompletableFuture;

/// Takes write batches and stores them durably: a database in process, or an ingester over gRPC.
public interface SampleSink {
  /// Stores what is valid in a batch.
  ///
  /// The future completes when everything that the result counts as stored is durable. It completes
  /// exceptionally with [io.pallium.base.UnavailableException] or
  /// [io.pallium.base.LimitExceededException] (node kind) when it is not known or not true that
  /// something was stored: the sender repeats the whole batch. The batch belongs to the sink until
  /// the future completes.
  CompletableFuture<WriteResult> write(WriteBatch batch);
}
