package io.pallium.tsdb.block;

/// What is in a block, counted.
public record BlockStats(
    long samples, long floatSamples, long histogramSamples, long series, long chunks) {}
