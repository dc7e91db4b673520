package io.pallium.tsdb;

import io.pallium.base.UnavailableException;
import java.io.IOException;
import java.nio.file.Path;

/// Another process, with a virtual machine of its own, that opens a database and holds it until its
/// standard input ends.
final class LockHolder {
  private LockHolder() {}

  public static void main(String[] arguments) throws IOException {
    try (TsdbFixture _ = new TsdbFixture(Path.of(arguments[0]))) {
      System.out.println("open");
      while (System.in.read() >= 0) {}
    } catch (UnavailableException e) {
      System.out.println(e.getMessage());
    }
  }
}
