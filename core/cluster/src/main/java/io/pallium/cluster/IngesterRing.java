package io.pallium.cluster;

import io.pallium.storage.SampleSink;

/// The ingesters that writes can go to, and which of them owns a series. Ingesters are numbered
/// from 0; a number means the same ingester for the life of the ring. Thread-safe.
public interface IngesterRing {
  /// The number of ingesters; at least 1.
  int size();

  /// The ingester that owns a series.
  ///
  /// @param token what [RingToken#of] gave for the series
  int owner(int token);

  /// Where the batches of an ingester go.
  SampleSink sink(int ingester);
}
