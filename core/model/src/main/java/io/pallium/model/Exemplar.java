package io.pallium.model;

/// One measured value that stands for many, with labels that say where it came from, mostly a
/// trace.
///
/// @param labels of the exemplar itself, not of its series
/// @param value what was measured
/// @param timestampMs when, in milliseconds since the epoch
public record Exemplar(Labels labels, double value, long timestampMs) {}
