package io.pallium.objectstore.row;

/// A row: its value, and a stamp that no other value ever had.
///
/// @param stamp 32 hexadecimal digits
/// @param value at most 2 KiB; must not change
public record Row(String stamp, byte[] value) {}
