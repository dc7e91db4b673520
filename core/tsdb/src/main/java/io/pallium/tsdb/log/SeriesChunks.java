package io.pallium.tsdb.log;

/// Where the samples of a series are, as a checkpoint says it. The arrays are the holder's own.
///
/// @param positions of the chunks in files of head chunks: those whose samples came in order, from
///   the newest to the oldest, then the others
/// @param maxTimesMs the time of the last sample of each of them
/// @param inOrderCount how many of them have samples that came in order
/// @param encoding of the open chunk; 0 if there is none
/// @param open the open chunk: what came in order and is in no file
public record SeriesChunks(
    long[] positions, long[] maxTimesMs, int inOrderCount, int encoding, byte[] open) {}
