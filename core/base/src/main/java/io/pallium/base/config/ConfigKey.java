package io.pallium.base.config;

/// One configuration key under all its names.
///
/// @param path the YAML path, `server.http_listen_address`
/// @param flag the command line flag, `--server.http-listen-address`; empty for the keys of list
///   and map entries, which have no name of their own on the command line
/// @param environmentVariable `PALLIUM_SERVER_HTTP_LISTEN_ADDRESS`; empty where `flag` is
/// @param type what a value looks like, for people
/// @param defaultValue the default in the notation of a flag; empty if there is none
/// @param doc what the key does
/// @param since the first version that has the key; empty if it was always there
/// @param isSecret whether values must not be shown
public record ConfigKey(
    String path,
    String flag,
    String environmentVariable,
    String type,
    String defaultValue,
    String doc,
    String since,
    boolean isSecret) {}
