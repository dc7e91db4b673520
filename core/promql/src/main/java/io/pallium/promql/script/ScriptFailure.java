package io.pallium.promql.script;

/// Something in a script that did not go as the script says.
///
/// @param file the name of the script
/// @param line where the command stands, from 1
/// @param command the query, or the text of a command that is not one
/// @param expected what the script expects
/// @param got what came instead
public record ScriptFailure(String file, int line, String command, String expected, String got) {}
