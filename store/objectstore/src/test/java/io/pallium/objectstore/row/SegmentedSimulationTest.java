package io.pallium.objectstore.row;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.config.DataSize;
import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectRange;
import io.pallium.objectstore.PutCondition;
import io.pallium.objectstore.Retries;
import io.pallium.objectstore.RetryConfig;
import io.pallium.objectstore.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

/// Clients that write, read, list and delete a few objects over a network that loses and delays,
/// and that die on the way, with collectors beside them. For each seed there is an order that
/// explains all answers, and in the end nothing is left that should not be.
class SegmentedSimulationTest {
  private static final int SEEDS = Boolean.getBoolean("pallium.long") ? 10_000 : 2_000;
  private static final List<String> NAMES = List.of("top", "a/x", "a/y", "a/b/x");
  private static final int SEGMENT_BYTES = 8;
  private static final RetryConfig RETRIES =
      new RetryConfig(3, Duration.ofMillis(10), Duration.ofMillis(20), Duration.ofSeconds(1));
  private static final SegmentedConfig CONFIG =
      new SegmentedConfig(DataSize.ofBytes(SEGMENT_BYTES), 3, World.GRACE);

  @Test
  void everySeedIsExplainedAndLeavesNothingBehind() {
    String only = System.getProperty("pallium.seed", "");
    long first = only.isEmpty() ? 1 : Long.parseLong(only);
    long last = only.isEmpty() ? SEEDS : first;
    for (long seed = first; seed <= last; seed++) {
      new Simulation(seed).run();
    }
  }

  /// All that happens under one seed.
  private static final class Simulation {
    private final long seed;
    private final World world;
    private final Map<String, History> histories = new TreeMap<>();
    private final Map<String, Integer> numbers = new HashMap<>();
    private final List<String> names;
    private final int[] weights = new int[6];
    private int versions;

    /// Few names meet often, many leave folders empty; so it is with the kinds of operations.
    Simulation(long seed) {
      this.seed = seed;
      this.world = new World(seed);
      int first = world.random.nextInt(NAMES.size());
      this.names = NAMES.subList(first, first + 1 + world.random.nextInt(NAMES.size() - first));
      Arrays.setAll(weights, _ -> 1 + world.random.nextInt(4));
      NAMES.forEach(name -> histories.put(name, new History()));
    }

    void run() {
      for (int client = 0; client < 4; client++) {
        world.client(this::clientScript);
      }
      world.client(this::collectorScript);
      world.run();
      world.calmDown();
      SegmentedObjectStore store = open();
      settle(store);
      for (String name : NAMES) {
        read(store, name);
        assertThat(history(name).isExplained())
            .as(() -> "seed " + seed + ", " + name + ":\n" + history(name))
            .isTrue();
      }
      assertNothingIsLeft(store);
    }

    private History history(String name) {
      return Objects.requireNonNull(histories.get(name));
    }

    private SegmentedObjectStore open() {
      Rows rows =
          new Rows(
              world.network(),
              Retries.untimed(RETRIES, world.pause(), world.random),
              world::newStamp);
      return new SegmentedObjectStore(rows, CONFIG, world.clock(), this::inAnyOrder);
    }

    private void inAnyOrder(int count, IntConsumer task) {
      int from = world.random.nextInt(count);
      for (int i = 0; i < count; i++) {
        task.accept((from + i) % count);
      }
    }

    private void clientScript() {
      SegmentedObjectStore store = open();
      for (int i = 0; i < 7; i++) {
        try {
          operation(store);
        } catch (World.Crash _) {
          store = open();
        }
      }
    }

    private void operation(SegmentedObjectStore store) {
      String name = names.get(world.random.nextInt(names.size()));
      int at = world.random.nextInt(Arrays.stream(weights).sum());
      int kind = 0;
      while (at >= weights[kind]) {
        at -= weights[kind++];
      }
      switch (kind) {
        case 0 -> put(store, name, PutCondition.ALWAYS);
        case 1 -> put(store, name, PutCondition.IF_ABSENT);
        case 2 -> replace(store, name);
        case 3 -> delete(store, name);
        case 4 -> list(store);
        default -> read(store, name);
      }
    }

    private void collectorScript() {
      Collector collector = open().collector();
      for (int i = 0; i < 4; i++) {
        try {
          collector.run();
          world.advance(world.random.nextLong(World.GRACE.toNanos() * 2 / 3));
        } catch (World.Crash _) {
          collector = open().collector();
        } catch (StoreException _) {
          // Comes again.
        }
      }
    }

    /// A version's content tells its number in every segment, and its length follows from it. None
    /// of the at most 28 versions is empty.
    private static byte[] content(int version) {
      byte[] bytes = new byte[version * 7 % 41];
      Arrays.fill(bytes, (byte) version);
      return bytes;
    }

    private void put(SegmentedObjectStore store, String name, PutCondition condition) {
      int version = ++versions;
      int needed =
          condition instanceof PutCondition.IfVersion(String stamp)
              ? numbers.getOrDefault(stamp, -1)
              : 0;
      boolean isFree = condition instanceof PutCondition.Always;
      History.Effect success = before -> isFree || before == needed ? version : null;
      History.Step step =
          history(name).called("put " + version + " " + condition, world.now(), success);
      try {
        Optional<String> stamp = store.put(name, ObjectContent.of(content(version)), condition);
        stamp.ifPresent(newStamp -> numbers.put(newStamp, version));
        step.answered(
            world.now(), stamp.isPresent() ? success : before -> before != needed ? before : null);
      } catch (StoreException e) {
        requireRetryable(e);
      }
    }

    private void replace(SegmentedObjectStore store, String name) {
      Optional<String> version = read(store, name);
      if (version.isPresent() && numbers.containsKey(version.get())) {
        put(store, name, new PutCondition.IfVersion(version.get()));
      }
    }

    private void delete(SegmentedObjectStore store, String name) {
      History.Step step = history(name).called("delete", world.now(), _ -> History.NOTHING);
      try {
        store.delete(name);
        step.answered(world.now(), _ -> History.NOTHING);
      } catch (StoreException e) {
        requireRetryable(e);
      }
    }

    private Optional<String> read(SegmentedObjectStore store, String name) {
      long calledAt = world.now();
      try {
        ObjectRange range = store.read(name, 0, 1000);
        int version = versionOf(name, range);
        history(name)
            .called("read " + version, calledAt, before -> before)
            .answered(world.now(), before -> before == version ? before : null);
        numbers.put(range.version(), version);
        return Optional.of(range.version());
      } catch (StoreException e) {
        if (e.kind() == StoreException.Kind.NOT_FOUND) {
          history(name)
              .called("read nothing", calledAt, before -> before)
              .answered(world.now(), before -> before == History.NOTHING ? before : null);
          return Optional.empty();
        }
        requireRetryable(e);
        return Optional.empty();
      }
    }

    private int versionOf(String name, ObjectRange range) {
      byte[] bytes = range.bytes();
      assertThat(bytes).as("seed %d: %s", seed, name).isNotEmpty();
      assertThat(bytes)
          .as("seed %d: %s must be all of one version", seed, name)
          .isEqualTo(content(bytes[0]));
      return bytes[0];
    }

    /// What nobody changes while it is listed is listed if it is there, and not if it is not.
    private void list(SegmentedObjectStore store) {
      long calledAt = world.now();
      Set<String> listed = new HashSet<>();
      try {
        store.objects("").forEach(object -> listed.add(object.name()));
      } catch (StoreException e) {
        requireRetryable(e);
        return;
      }
      long answeredAt = world.now();
      for (String name : NAMES) {
        History history = history(name);
        if (history.isQuiet(calledAt, answeredAt)) {
          boolean isListed = listed.contains(name);
          history
              .called("listing with it: " + isListed, calledAt, before -> before)
              .answered(
                  answeredAt, before -> isListed == (before != History.NOTHING) ? before : null);
        }
      }
    }

    private static void requireRetryable(StoreException e) {
      assertThat(e.isRetryable()).as(e::toString).isTrue();
    }

    /// Lets a collector run until everything had its time.
    private void settle(SegmentedObjectStore store) {
      Collector collector = store.collector();
      for (int i = 0; i < 4; i++) {
        collector.run();
        world.advance(World.GRACE.toNanos() + 1);
      }
      assertThat(collector.run()).as("seed %d: what is collected late", seed).isZero();
    }

    private void assertNothingIsLeft(SegmentedObjectStore store) {
      Set<RowKey> expected = new HashSet<>();
      Set<String> uploads = new TreeSet<>();
      List<String> names = new ArrayList<>();
      for (String name : NAMES) {
        Optional<ObjectAttributes> attributes = store.attributes(name);
        if (attributes.isEmpty()) {
          continue;
        }
        names.add(name);
        String stamp = attributes.get().version();
        expected.add(Folders.keyOf(name));
        expected.add(new Upload(stamp, name, 0, 0).key());
        if (attributes.get().lengthBytes() > 0) {
          uploads.add(stamp);
        }
        for (String folder = Folders.parentOf(name);
            !folder.isEmpty();
            folder = Folders.parentOf(folder)) {
          expected.add(Folders.keyOfFolder(folder));
        }
      }
      List<String> listed = new ArrayList<>();
      store.objects("").forEach(object -> listed.add(object.name()));
      assertThat(listed).as("seed %d: listing", seed).containsExactlyInAnyOrderElementsOf(names);
      assertThat(world.rows.keys()).as("seed %d: rows", seed).hasSameElementsAs(expected);
      assertThat(world.rows.uploadsWithSegments()).as("seed %d", seed).isEqualTo(uploads);
    }
  }
}
