package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectRange;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.StoreException;
import io.pallium.testkit.process.TestProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is left of a writer that is killed in the midst of several puts: of each, nothing or all.
abstract class KilledWriterContract {
  static final boolean IS_LONG = Boolean.getBoolean("pallium.long");
  private static final int ROUNDS = IS_LONG ? 20 : 1;
  private static final int VERSIONS = 1_000_000;
  static final Duration TIMEOUT = Duration.ofMinutes(2);

  @TempDir Path work;

  /// The flags with which the store is opened, without anything before it.
  abstract List<String> flags();

  /// The length of an object that is written in several parts.
  abstract long largeBytes();

  /// Removes what writers left behind, if that is Pallium's business, and fails if something stays.
  ///
  /// @param store all of the store, in which nobody writes now
  void sweep(ObjectStore store) {}

  @Test
  void killedWriterLeavesOneWholeVersion() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    System.out.printf("%s: killed writers with seed %d%n", getClass().getSimpleName(), seed);
    Map<String, NameModel> models = models();
    try (ObjectStore store = StoreWriter.open(flags())) {
      for (int round = 0; round < ROUNDS; round++) {
        Path folder = Files.createDirectory(work.resolve("round-" + round));
        try (TestProcess writer =
            StoreWriter.start(
                folder,
                StoreWriter.command(
                    StoreWriter.WRITE, largeBytes(), round * VERSIONS, "128m", flags()))) {
          int last = 1 + random.nextInt(25);
          var unused =
              writer.awaitOutput(Pattern.compile("done \\S+ \\d+ (" + last + ")\n"), 0, TIMEOUT);
          writer.kill();
          follow(writer.output(), models);
        }
        sweep(store);
        assertListing(store, models);
      }
      for (String name : models.keySet()) {
        store.delete(name);
      }
      assertThat(store.objects("killed/")).isEmpty();
      assertThat(store.folders("")).doesNotContain("killed/");
    }
  }

  /// Of a store in which no writer was yet.
  static Map<String, NameModel> models() {
    Map<String, NameModel> models = new HashMap<>();
    StoreWriter.names().forEach(name -> models.put(name, new NameModel(name)));
    return models;
  }

  /// What may be stored when a writer has said this.
  static void follow(String output, Map<String, NameModel> models) {
    Map<String, Integer> begun = new TreeMap<>();
    // The last line may be cut off: then nothing was begun after it.
    String lines = output.substring(0, output.lastIndexOf('\n') + 1);
    for (String line : lines.lines().toList()) {
      String[] words = line.split(" ");
      if (!List.of("begin", "done", "failed").contains(words[0])) {
        continue;
      }
      NameModel model = Objects.requireNonNull(models.get(words[1]), line);
      int number = Integer.parseInt(words[2]);
      begun.remove(words[1]);
      switch (words[0]) {
        case "begin" -> begun.put(words[1], number);
        case "done" -> model.succeeded(number);
        default -> model.failed(number);
      }
    }
    begun.forEach((name, number) -> Objects.requireNonNull(models.get(name)).failed(number));
  }

  static boolean isThere(ObjectStore store, NameModel model) {
    try {
      ObjectRange range = store.read(model.name(), 0, 64 << 20);
      assertThat(range.bytes()).as("bytes of %s", model).hasSize((int) range.objectBytes());
      model.seen(Version.numberOf(range, 0));
      return true;
    } catch (StoreException e) {
      assertThat(e.kind()).as("%s: %s", model, e).isEqualTo(StoreException.Kind.NOT_FOUND);
      model.seen(NameModel.NOTHING);
      return false;
    }
  }

  /// What is there is listed, and nothing else.
  static void assertListing(ObjectStore store, Map<String, NameModel> models) {
    // What a killed writer has sent may still be under way in the server.
    await("listed is what is there")
        .atMost(TIMEOUT)
        .until(() -> listed(store).equals(there(store, models.keySet())));
    Map<String, ObjectAttributes> listed = new TreeMap<>();
    store.objects("killed/").forEach(object -> listed.put(object.name(), object));
    Map<String, Boolean> folders = new TreeMap<>();
    for (NameModel model : models.values()) {
      boolean isThere = isThere(store, model);
      assertThat(listed.containsKey(model.name()))
          .as("%s, listed: %s", model, listed.keySet())
          .isEqualTo(isThere);
      folders.merge(folderOf(model.name()), isThere, Boolean::logicalOr);
    }
    List<String> full =
        folders.keySet().stream()
            .filter(folder -> Boolean.TRUE.equals(folders.get(folder)))
            .toList();
    assertThat(store.folders("killed/")).isEqualTo(full);
  }

  private static Set<String> listed(ObjectStore store) {
    Set<String> names = new TreeSet<>();
    store.objects("killed/").forEach(object -> names.add(object.name()));
    return names;
  }

  private static Set<String> there(ObjectStore store, Set<String> names) {
    return names.stream()
        .filter(name -> store.attributes(name).isPresent())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String folderOf(String name) {
    return name.substring(0, name.lastIndexOf('/') + 1);
  }
}
