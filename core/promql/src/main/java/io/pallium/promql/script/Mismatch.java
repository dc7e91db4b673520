package io.pallium.promql.script;

/// A query gave something else than a script expects.
final class Mismatch extends Exception {
  private static final long serialVersionUID = 1L;

  private final String expected;
  private final String got;

  Mismatch(String expected, String got) {
    super("expected " + expected + ", got " + got);
    this.expected = expected;
    this.got = got;
  }

  String expected() {
    return expected;
  }

  String got() {
    return got;
  }
}
