package io.pallium.testkit.crash;

/// What the writer writes and the checker knows without it: batch `i` of a sender has one sample of
/// each of its series, at a time and with a value that follow from `i`.
final class CrashLoad {
  static final int SENDERS = 4;
  static final int SERIES = 50;
  static final long STEP_MS = 100;
  static final String METRIC = "crash_load";

  private CrashLoad() {}

  static double value(int sender, int series, long batch) {
    return batch * 10_000 + sender * 1_000 + series + 0.25;
  }

  static String journal(int sender) {
    return "sender-" + sender + ".journal";
  }
}
