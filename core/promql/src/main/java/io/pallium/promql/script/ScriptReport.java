package io.pallium.promql.script;

import java.util.List;

/// How a script went.
///
/// @param file the name of the script
/// @param passed how many evaluations gave what was expected
/// @param failures all others, and commands that could not be carried out
public record ScriptReport(String file, int passed, List<ScriptFailure> failures) {
  public ScriptReport {
    failures = List.copyOf(failures);
  }

  /// How many evaluations and commands failed.
  public int failed() {
    return failures.size();
  }
}
