package io.pallium.objectstore.row;

/// Where a row is.
///
/// @param partition rows of one partition can be scanned together; partitions are many, and stores
///   spread them by their hash
/// @param name ASCII, ordered by its bytes
public record RowKey(String partition, String name) {}
