package io.pallium.objectstore.row;

/// A row with the name that it has in its partition.
public record NamedRow(String name, Row row) {}
