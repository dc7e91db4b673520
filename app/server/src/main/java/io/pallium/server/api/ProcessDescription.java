package io.pallium.server.api;

import java.util.Map;

/// What clients may know of the process: the same for all tenants, and no secrets.
///
/// @param yaml the configuration in force
/// @param flags the value of each flag in force, by its name without dashes
/// @param startMs when the process started, in milliseconds since the epoch
public record ProcessDescription(
    String version, String yaml, Map<String, String> flags, long startMs) {}
