package io.pallium.server.tool;

import java.io.PrintStream;

/// Counts what passed and failed, and ends a tool with the line that says so.
final class Tally {
  private int passed;
  private int failed;

  void add(int morePassed, int moreFailed) {
    passed += morePassed;
    failed += moreFailed;
  }

  /// Prints `N passed, N failed` alone on a line.
  ///
  /// @return the exit code: 0 if something passed and nothing failed, else 1
  int end(PrintStream out) {
    out.println(passed + " passed, " + failed + " failed");
    out.flush();
    return failed == 0 && passed > 0 ? 0 : 1;
  }
}
