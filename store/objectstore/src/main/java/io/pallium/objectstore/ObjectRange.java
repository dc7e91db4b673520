package io.pallium.objectstore;

/// Bytes of an object, as they were read.
///
/// @param bytes owned by the caller; fewer than were asked for only at the end of the object
/// @param objectBytes the length of the whole object
/// @param version the version of the object that the bytes are from
public record ObjectRange(byte[] bytes, long objectBytes, String version) {}
