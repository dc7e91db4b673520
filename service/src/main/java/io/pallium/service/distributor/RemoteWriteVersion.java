package io.pallium.service.distributor;

/// The forms of a write request.
public enum RemoteWriteVersion {
  /// `prometheus.WriteRequest`.
  V1,

  /// `io.prometheus.write.v2.Request`.
  V2
}
