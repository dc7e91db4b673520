package io.pallium.server.tool;

import io.pallium.objectstore.Capability;
import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.PutCondition;
import io.pallium.objectstore.StoreException;
import io.pallium.objectstore.layer.PrefixedStore;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/// Tries what Pallium needs of a store, one operation after the other, in a folder of its own.
final class StoreCheck {
  private static final int LARGE_BYTES = 20 << 20;
  private static final Duration MAX_CLOCK_DIFFERENCE = Duration.ofMinutes(1);

  private final ObjectStore store;
  private final PrintStream out;
  private boolean isFine = true;

  private StoreCheck(ObjectStore store, PrintStream out) {
    this.store = store;
    this.out = out;
  }

  /// @return whether everything went as it should
  static boolean run(ObjectStore store, PrintStream out) {
    String folder = "pallium-check-" + UUID.randomUUID();
    StoreCheck check = new StoreCheck(new PrefixedStore(store, folder), out);
    check.all();
    out.println(check.isFine ? "the store is fine" : "the store cannot be used as it is");
    return check.isFine;
  }

  private interface Step {
    /// Fails if it does not work.
    void run();
  }

  private void all() {
    step("write", () -> store.put("folder/object", text("first")));
    step("read", () -> require(read("folder/object").equals("first"), "reads something else"));
    step("read a range", () -> require(store.read("folder/object", 1, 2).bytes().length == 2, ""));
    step("attributes", () -> require(store.attributes("folder/object").isPresent(), "not there"));
    step("clock", this::compareClocks);
    step("list", () -> require(names().contains("folder/object"), "does not list it"));
    step("list folders", () -> require(store.folders("").contains("folder/"), "does not list it"));
    step("replace", () -> store.put("folder/object", text("second")));
    step(
        "create if absent",
        () ->
            require(
                store.put("folder/object", text("third"), PutCondition.IF_ABSENT).isEmpty(),
                "creates what is there already"));
    step("replace if unchanged", this::replaceIfUnchanged);
    step("write in parts", this::writeLarge);
    step("delete", () -> names().forEach(store::delete));
    step("list after delete", () -> require(names().isEmpty(), "lists what was deleted"));
  }

  private void step(String name, Step step) {
    try {
      step.run();
      out.printf("%-22s ok%n", name);
    } catch (StoreException e) {
      isFine = false;
      out.printf("%-22s FAILED: %s%n", name, e.getMessage());
    }
  }

  private void compareClocks() {
    ObjectAttributes object =
        store
            .attributes("folder/object")
            .orElseThrow(() -> StoreException.notFound("folder/object"));
    Duration difference =
        Duration.ofMillis(Math.abs(object.modifiedMs() - System.currentTimeMillis()));
    require(
        difference.compareTo(MAX_CLOCK_DIFFERENCE) < 0,
        "the store's clock and this machine's differ by " + difference.toSeconds() + " s");
  }

  private void replaceIfUnchanged() {
    require(
        store.capabilities().contains(Capability.REPLACE_IF_UNCHANGED),
        "the store cannot, so leases cannot be kept in it");
    String version = store.put("lease", text("first"));
    PutCondition unchanged = new PutCondition.IfVersion(version);
    require(store.put("lease", text("second"), unchanged).isPresent(), "refuses what is unchanged");
    require(store.put("lease", text("third"), unchanged).isEmpty(), "replaces what has changed");
  }

  private void writeLarge() {
    byte[] bytes = new byte[LARGE_BYTES];
    new Random(1).nextBytes(bytes);
    String unused = store.put("large", ObjectContent.of(bytes));
    byte last = store.read("large", LARGE_BYTES - 1, 1).bytes()[0];
    require(last == bytes[LARGE_BYTES - 1], "reads something else");
  }

  private List<String> names() {
    List<String> names = new ArrayList<>();
    store.objects("").forEach(object -> names.add(object.name()));
    return names;
  }

  private String read(String name) {
    return new String(store.read(name, 0, 100).bytes(), StandardCharsets.UTF_8);
  }

  private static ObjectContent text(String text) {
    return ObjectContent.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void require(boolean isFine, String problem) {
    if (!isFine) {
      throw new StoreException(StoreException.Kind.INVALID, problem);
    }
  }
}
