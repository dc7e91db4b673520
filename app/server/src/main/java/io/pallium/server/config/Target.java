package io.pallium.server.config;

/// The part of the system that a process plays.
public enum Target {
  /// Everything in one process.
  ALL,
  /// Takes writes and spreads them over ingesters.
  DISTRIBUTOR,
  /// Stores samples and answers for them.
  INGESTER,
  /// Answers queries from what ingesters hold.
  QUERIER
}
