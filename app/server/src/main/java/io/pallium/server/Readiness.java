package io.pallium.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/// Whether this process takes requests, and if not, what it waits for. Thread-safe.
public final class Readiness {
  private final Map<String, String> waitingFor = new ConcurrentSkipListMap<>();
  private final List<Supplier<Optional<String>>> remarks = new CopyOnWriteArrayList<>();

  /// Says what the process waits for: the text of a part replaces the one before.
  public void waitFor(String part, String text) {
    waitingFor.put(part, text);
  }

  /// Says that a part is done.
  public void done(String part) {
    waitingFor.remove(part);
  }

  /// Adds something that is shown while it is there but does not make the process unready.
  public void addRemark(Supplier<Optional<String>> remark) {
    remarks.add(remark);
  }

  /// Whether nothing is waited for.
  public boolean isReady() {
    return waitingFor.isEmpty();
  }

  /// The text of `/ready`.
  public String text() {
    List<String> lines = new ArrayList<>();
    lines.add(isReady() ? "ready" : "not ready");
    waitingFor.forEach((part, text) -> lines.add(part + ": " + text));
    remarks.forEach(remark -> remark.get().ifPresent(lines::add));
    return String.join("\n", lines) + "\n";
  }
}
