package io.pallium.server.tool;

import java.io.Console;
import java.io.PrintStream;
import java.util.Optional;

/// How far a tool is, on one line of a terminal; nothing where there is none. Confined.
final class ProgressBar implements AutoCloseable {
  private static final int WIDTH = 40;

  private final PrintStream err;
  private final String what;
  private final long total;
  private final boolean isShown;
  private long done;
  private int shown = -1;

  /// @param what is counted, in the plural
  /// @param isTerminal whether somebody sees it
  ProgressBar(PrintStream err, String what, long total, boolean isTerminal) {
    this.err = err;
    this.what = what;
    this.total = Math.max(1, total);
    this.isShown = isTerminal;
    show();
  }

  /// Whether somebody sees what is written on the way.
  static boolean isTerminal() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
  }

  /// One more is done.
  void step() {
    done++;
    show();
  }

  private void show() {
    int filled = (int) (done * WIDTH / total);
    if (!isShown || filled == shown && done != total) {
      return;
    }
    shown = filled;
    err.print(
        "\r["
            + "#".repeat(filled)
            + " ".repeat(WIDTH - filled)
            + "] "
            + done
            + "/"
            + total
            + " "
            + what);
    err.flush();
  }

  /// Takes the line away.
  @Override
  public void close() {
    if (isShown) {
      err.print("\r" + " ".repeat(WIDTH + 40) + "\r");
      err.flush();
    }
  }
}
