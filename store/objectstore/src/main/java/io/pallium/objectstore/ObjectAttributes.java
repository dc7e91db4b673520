package io.pallium.objectstore;

/// What a store knows about an object without reading it.
///
/// @param lengthBytes 0 or more
/// @param modifiedMs when it was written, by the store's clock, which may differ from ours
/// @param version changes whenever the object is written; means something only to its store
public record ObjectAttributes(String name, long lengthBytes, long modifiedMs, String version) {}
