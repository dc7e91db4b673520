package io.pallium.it;

import io.pallium.testkit.process.PalliumProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A running system in one of the forms that it has: all in one process, or a distributor, an
/// ingester and a querier. Tests do not know which.
final class Topology implements AutoCloseable {
  /// The forms.
  enum Form {
    ALL_IN_ONE,
    THREE_PROCESSES
  }

  private final Form form;
  private final Path directory;
  private final String[] flags;
  private final List<PalliumProcess> processes = new ArrayList<>();
  private PalliumProcess writer;
  private PalliumProcess reader;

  private Topology(Form form, Path directory, String... flags) {
    this.form = form;
    this.directory = directory;
    this.flags = flags;
    this.writer = startFirst();
    this.reader = processes.get(processes.size() - 1);
  }

  /// Starts a system with tenants by header.
  static Topology start(Form form, Path directory, String... flags) {
    return new Topology(form, directory, flags);
  }

  /// Where writes go.
  PalliumProcess writer() {
    return writer;
  }

  /// Where queries go.
  PalliumProcess reader() {
    return reader;
  }

  /// The process that holds the samples.
  PalliumProcess keeper() {
    return form == Form.ALL_IN_ONE ? writer : processes.get(0);
  }

  /// Ends the process that holds the samples and starts it again on the same data and address.
  ///
  /// @param isKilled whether it gets no chance to stop by itself
  void restartKeeper(boolean isKilled) {
    stopKeeper(isKilled);
    startKeeper();
  }

  void stopKeeper(boolean isKilled) {
    PalliumProcess keeper = keeper();
    if (isKilled) {
      keeper.process().kill();
    } else if (keeper.process().stop(java.time.Duration.ofSeconds(10)).isEmpty()) {
      throw new AssertionError("no clean stop within 10 s:\n" + keeper.process().output());
    }
  }

  void startKeeper() {
    String address = keeper().address();
    keeper().close();
    if (form == Form.ALL_IN_ONE) {
      writer = PalliumProcess.startAt(address, directory.resolve("all"), all());
      processes.set(0, writer);
      reader = writer;
    } else {
      processes.set(
          0,
          PalliumProcess.startAt(
              address, directory.resolve("ingester"), with("--target=ingester")));
    }
  }

  @Override
  public String toString() {
    return form.name();
  }

  @Override
  public void close() {
    processes.forEach(PalliumProcess::close);
  }

  private PalliumProcess startFirst() {
    if (form == Form.ALL_IN_ONE) {
      PalliumProcess all = PalliumProcess.start(directory.resolve("all"), all());
      processes.add(all);
      return all;
    }
    PalliumProcess ingester =
        PalliumProcess.start(directory.resolve("ingester"), with("--target=ingester"));
    processes.add(ingester);
    String ingesters = "--cluster.ingesters=" + ingester.address();
    PalliumProcess distributor =
        PalliumProcess.start(
            directory.resolve("distributor"), with("--target=distributor", ingesters));
    processes.add(distributor);
    processes.add(
        PalliumProcess.start(directory.resolve("querier"), with("--target=querier", ingesters)));
    return distributor;
  }

  private String[] all() {
    return with();
  }

  private String[] with(String... more) {
    List<String> all = new ArrayList<>(List.of(flags));
    all.add("--auth.enabled=true");
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }
}
