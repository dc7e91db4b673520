package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.objectstore.ListRequest;
import io.pallium.objectstore.ObjectRange;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.PutCondition;
import io.pallium.objectstore.StoreException;
import io.pallium.objectstore.StoreException.Kind;
import io.pallium.testkit.process.TestProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What every store keeps while its server and the way there fail: nothing torn, nothing mixed,
/// nothing that was answered lost, no more requests and no longer than configured, and all well
/// again when the faults are over. A store is tested by a subclass that says how to reach it.
abstract class FaultyStoreContract extends KilledWriterContract {
  private static final int WRITERS = 4;
  private static final int NAMES = 3;
  private static final int OPERATIONS = IS_LONG ? 1_000 : 25;
  private static final Set<Fault> HANGS = Set.of(Fault.HANG, Fault.DONE_HANG);
  private static final int MAX_ATTEMPTS = 5;
  private static final Duration ATTEMPT_TIMEOUT = Duration.ofSeconds(1);
  private static final int MAX_OBJECT_BYTES = 64 << 20;

  /// The store's server, running; the same for all tests of a class.
  abstract RunningStore running();

  /// Flags that make the parts of large objects small, so that objects of [#largeBytes] have
  /// several.
  abstract List<String> smallParts();

  /// The faults that its proxies know.
  abstract List<Fault> faults();

  /// Those of them that each request can have, and that end it; none if requests cannot be told
  /// apart.
  abstract List<Fault> failures();

  /// The port that stands for the server's.
  abstract int proxyPort();

  /// What all proxies do from now on.
  abstract void plan(Faults faults);

  /// Whether a request can hang without a test that takes minutes: what carries much may take long.
  boolean canHang(String request) {
    return true;
  }

  private Faults random(long seed, double rate) {
    Faults random = Faults.random(new Random(seed), rate, faults());
    return request -> {
      Fault fault = random.next(request);
      return HANGS.contains(fault) && !canHang(request) ? Fault.CUT_ANSWER : fault;
    };
  }

  /// How many requests the proxies have seen.
  abstract int requests();

  @Override
  List<String> flags() {
    return withSmallParts(running().flags());
  }

  private List<String> withSmallParts(List<String> flags) {
    List<String> all = new ArrayList<>(flags);
    all.addAll(smallParts());
    return all;
  }

  final ObjectStore openBehindProxy() {
    return StoreWriter.open(withSmallParts(flagsBehindProxy(MAX_ATTEMPTS, ATTEMPT_TIMEOUT)));
  }

  private List<String> flagsBehindProxy(int maxAttempts, Duration attemptTimeout) {
    List<String> flags = new ArrayList<>(running().flagsBehind(proxyPort()));
    flags.add("--storage.retries.max-attempts=" + maxAttempts);
    flags.add("--storage.retries.min-backoff=10ms");
    flags.add("--storage.retries.max-backoff=200ms");
    flags.add("--storage.retries.attempt-timeout=" + attemptTimeout.toMillis() + "ms");
    return flags;
  }

  /// For a run whose choices follow from a printed seed.
  private long seed(String what) {
    long seed = Long.getLong("pallium.seed", System.nanoTime());
    System.out.printf("%s: %s with seed %d%n", getClass().getSimpleName(), what, seed);
    return seed;
  }

  @Test
  void whatIsSeenThroughFaultsIsOneWholeVersionThatMayBeThere() {
    long seed = seed("random operations");
    AtomicInteger failures = new AtomicInteger();
    AtomicInteger versions = new AtomicInteger();
    Map<Integer, Long> lengths = new ConcurrentHashMap<>();
    List<Map<String, NameModel>> models = new ArrayList<>();
    int before = requests();
    try (ObjectStore store = openBehindProxy()) {
      for (int writer = 0; writer < WRITERS; writer++) {
        String folder = "killed/writer-" + writer + "/";
        models.add(
            Collections.nCopies(NAMES, folder).stream()
                .map(name -> name + "object-" + versions.getAndIncrement())
                .collect(Collectors.toMap(name -> name, NameModel::new)));
      }
      plan(random(seed, 0.1));
      Parallel.run(
          WRITERS,
          writer -> {
            Random random = new Random(seed + writer);
            var client =
                new Client(
                    store, random, List.copyOf(models.get(writer).values()), versions, lengths);
            for (int i = 0; i < OPERATIONS; i++) {
              failures.addAndGet(client.operate(largeBytes()) ? 0 : 1);
            }
          });
      plan(Faults.NONE);
      System.out.printf(
          "%s: %d operations, %d failed, %d requests%n",
          getClass().getSimpleName(), WRITERS * OPERATIONS, failures.get(), requests() - before);
      awaitWorking(store);
      sweep(store);
      Map<String, NameModel> all = new HashMap<>();
      models.forEach(all::putAll);
      assertListing(store, all);
      all.keySet().forEach(store::delete);
      assertThat(store.objects("killed/")).isEmpty();
    }
  }

  /// After the faults it works again by itself, at once or as soon as the driver looks.
  private void awaitWorking(ObjectStore store) {
    long deadline = System.nanoTime() + Duration.ofSeconds(15).toNanos();
    while (true) {
      try {
        String unused = store.put("working", new Version(1, 8));
        store.delete("working");
        return;
      } catch (StoreException e) {
        assertThat(System.nanoTime()).as("time; works again: %s", e).isLessThan(deadline);
      }
    }
  }

  /// One that has names for itself and knows what can be stored under them.
  private static final class Client {
    private final ObjectStore store;
    private final Random random;
    private final List<NameModel> names;
    private final AtomicInteger versions;
    private final Map<Integer, Long> lengths;

    Client(
        ObjectStore store,
        Random random,
        List<NameModel> names,
        AtomicInteger versions,
        Map<Integer, Long> lengths) {
      this.store = store;
      this.random = random;
      this.names = names;
      this.versions = versions;
      this.lengths = lengths;
    }

    /// @return whether the store did what it was asked to
    boolean operate(long largeBytes) {
      NameModel model = names.get(random.nextInt(names.size()));
      return switch (random.nextInt(10)) {
        case 0, 1, 2 -> put(model, PutCondition.ALWAYS, NameModel.NOTHING, largeBytes);
        case 3 -> put(model, PutCondition.IF_ABSENT, NameModel.NOTHING, largeBytes);
        case 4 -> replace(model, largeBytes);
        case 5 -> delete(model);
        case 6 -> list();
        default -> read(model).isPresent();
      };
    }

    private boolean put(NameModel model, PutCondition condition, int needed, long largeBytes) {
      Version version = StoreWriter.randomVersion(versions, random, largeBytes);
      lengths.put(version.number(), version.lengthBytes());
      boolean isFree = condition instanceof PutCondition.Always;
      boolean canTakePlace = isFree || model.isPossible(needed);
      try {
        if (store.put(model.name(), version, condition).isEmpty()) {
          model.refused(needed);
        } else {
          assertThat(canTakePlace).as("%s of %s", condition, model).isTrue();
          model.succeeded(version.number());
        }
        return true;
      } catch (StoreException e) {
        requireRetryable(e);
        if (canTakePlace) {
          model.failed(version.number());
        }
        return false;
      }
    }

    private boolean replace(NameModel model, long largeBytes) {
      Optional<ObjectRange> range = read(model);
      if (range.isEmpty() || range.get().objectBytes() == 0) {
        return range.isPresent();
      }
      int number = Version.numberOf(range.get(), 0);
      return put(model, new PutCondition.IfVersion(range.get().version()), number, largeBytes);
    }

    private boolean delete(NameModel model) {
      try {
        store.delete(model.name());
        model.succeeded(NameModel.NOTHING);
        return true;
      } catch (StoreException e) {
        requireRetryable(e);
        model.failed(NameModel.NOTHING);
        return false;
      }
    }

    private boolean list() {
      String folder = names.getFirst().name().replaceFirst("[^/]*$", "");
      try {
        List<String> listed = new ArrayList<>();
        store.objects(folder).forEach(object -> listed.add(object.name()));
        names.forEach(model -> model.listed(listed.contains(model.name())));
        return true;
      } catch (StoreException e) {
        requireRetryable(e);
        return false;
      }
    }

    /// @return without bytes if there is nothing; empty if the store failed
    private Optional<ObjectRange> read(NameModel model) {
      try {
        ObjectRange range = store.read(model.name(), 0, MAX_OBJECT_BYTES);
        int number = Version.numberOf(range, 0);
        long lengthBytes = lengths.getOrDefault(number, -1L);
        assertThat(range.bytes().length).as("bytes read of %s", model).isEqualTo(lengthBytes);
        assertThat(range.objectBytes()).as("length of %s", model).isEqualTo(lengthBytes);
        model.seen(number);
        readPart(model, range);
        return Optional.of(range);
      } catch (StoreException e) {
        if (e.kind() == Kind.NOT_FOUND) {
          model.seen(NameModel.NOTHING);
          return Optional.of(new ObjectRange(new byte[0], 0, ""));
        }
        requireRetryable(e);
        return Optional.empty();
      }
    }

    private void readPart(NameModel model, ObjectRange all) {
      long offset = random.nextLong(all.objectBytes()) / 8 * 8;
      int length = 8 * (1 + random.nextInt(100_000));
      ObjectRange part = store.read(model.name(), offset, length);
      assertThat(part.bytes()).hasSize((int) Math.min(length, part.objectBytes() - offset));
      model.seen(Version.numberOf(part, offset));
    }
  }

  /// A fault of the way or the server is never taken for something that stays.
  private static void requireRetryable(StoreException e) {
    if (!e.isRetryable()) {
      throw new AssertionError("a failure that can pass is called " + e.kind(), e);
    }
  }

  @Test
  void ofSeveralCreatorsThroughFaultsOneWins() {
    long seed = seed("creators");
    try (ObjectStore store = openBehindProxy()) {
      plan(random(seed, 0.2));
      for (int round = 0; round < (IS_LONG ? 100 : 4); round++) {
        String name = "created/object-" + round;
        List<Integer> winners = Collections.synchronizedList(new ArrayList<>());
        List<Integer> unknown = Collections.synchronizedList(new ArrayList<>());
        Parallel.run(
            WRITERS,
            writer -> {
              int number = writer + 1;
              try {
                if (store
                    .put(name, new Version(number, 4096), PutCondition.IF_ABSENT)
                    .isPresent()) {
                  winners.add(number);
                }
              } catch (StoreException e) {
                requireRetryable(e);
                unknown.add(number);
              }
            });
        plan(Faults.NONE);
        awaitWorking(store);
        assertThat(winners).hasSizeLessThanOrEqualTo(1);
        Optional<Integer> stored = numberOf(store, name);
        if (winners.isEmpty()) {
          assertThat(unknown).as("all were refused and %s is there", stored).isNotEmpty();
          stored.ifPresent(number -> assertThat(unknown).contains(number));
        } else {
          assertThat(stored).contains(winners.getFirst());
        }
        plan(random(seed + round, 0.2));
      }
      plan(Faults.NONE);
      awaitWorking(store);
      store.objects("created/").forEach(object -> store.delete(object.name()));
    }
  }

  private static Optional<Integer> numberOf(ObjectStore store, String name) {
    try {
      return Optional.of(Version.numberOf(store.read(name, 0, 1 << 20), 0));
    } catch (StoreException e) {
      assertThat(e.kind()).as(e::toString).isEqualTo(Kind.NOT_FOUND);
      return Optional.empty();
    }
  }

  /// Of a store that always fails in the same way.
  @Test
  void storeThatKeepsFailingIsAskedAsOftenAsConfigured() {
    Version small = new Version(1, 4096);
    // A create whose answers are lost is compared with what is there.
    List<Operation> operations =
        List.of(
            new Operation("put", 1, false, store -> store.put("asked/new", small)),
            new Operation(
                "create", 3, false, store -> store.put("asked/new", small, PutCondition.IF_ABSENT)),
            new Operation(
                "put of parts",
                1,
                false,
                store -> store.put("asked/large", new Version(1, largeBytes() / 8 * 8))),
            new Operation("read", 1, true, store -> store.read("asked/object", 0, 1 << 20)),
            new Operation("list", 1, true, store -> store.list(ListRequest.all("asked/"))),
            new Operation("attributes", 1, false, store -> store.attributes("asked/object")),
            new Operation("delete", 1, false, store -> store.delete("asked/object")));
    try (ObjectStore store = openBehindProxy()) {
      for (Fault fault : failures()) {
        String unused = store.put("asked/object", new Version(1, 400_000));
        for (Operation operation : operations) {
          if (fault == Fault.TORN_ANSWER && !operation.hasAnswer) {
            continue;
          }
          plan(Faults.always(fault));
          int before = requests();
          StoreException failure = failureOf(store, operation.call);
          int requests = requests() - before;
          plan(Faults.NONE);
          String what = operation.what + " with " + fault;
          if (failure != null) {
            requireRetryable(failure);
            assertThat(failure).as(what).hasMessageContaining("tried " + MAX_ATTEMPTS + " times");
          }
          assertThat(requests)
              .as(what)
              .isLessThanOrEqualTo(MAX_ATTEMPTS * operation.steps * requestsPerTry());
        }
      }
      awaitWorking(store);
      store.objects("asked/").forEach(object -> store.delete(object.name()));
    }
  }

  /// Something of the store.
  ///
  /// @param steps how many requests are tried one after the other
  /// @param hasAnswer whether answers have a body without which they are no success
  private record Operation(String what, int steps, boolean hasAnswer, Consumer<ObjectStore> call) {}

  /// How many requests the driver makes of one that fails.
  int requestsPerTry() {
    return 1;
  }

  private static @Nullable StoreException failureOf(
      ObjectStore store, Consumer<ObjectStore> operation) {
    try {
      operation.accept(store);
      return null;
    } catch (StoreException e) {
      return e;
    }
  }

  @Test
  void storeThatNeverAnswersIsGivenUpInTime() {
    Duration attemptTimeout = Duration.ofMillis(300);
    int attempts = 2;
    try (ObjectStore store = StoreWriter.open(flagsBehindProxy(attempts, attemptTimeout))) {
      String unused = store.put("silent/object", new Version(1, 4096));
      List<Consumer<ObjectStore>> operations =
          List.of(
              one -> one.put("silent/new", new Version(2, 4096)),
              one -> one.read("silent/object", 0, 100),
              one -> one.list(ListRequest.all("silent/")),
              one -> one.attributes("silent/object"),
              one -> one.delete("silent/other"));
      silence();
      for (int i = 0; i < operations.size(); i++) {
        long start = System.nanoTime();
        StoreException failure = failureOf(store, operations.get(i));
        long tookMs = (System.nanoTime() - start) / 1_000_000;

        assertThat(failure).as("operation %d", i).isNotNull();
        requireRetryable(Objects.requireNonNull(failure));
        // A small put has a second more, and between tries there is a pause.
        assertThat(tookMs)
            .as("milliseconds of operation %d: %s", i, failure)
            .isLessThan(attempts * (attemptTimeout.toMillis() + 1000) + 1000);
      }
      plan(Faults.NONE);
      awaitWorking(store);
      assertThat(numberOf(store, "silent/object")).contains(1);
      store.objects("silent/").forEach(object -> store.delete(object.name()));
    }
  }

  /// Nothing is answered from now on.
  void silence() {
    plan(Faults.always(Fault.HANG));
  }

  @Test
  void largeObjectGoesThroughFaultsInLittleMemory() throws Exception {
    long bytes = (IS_LONG ? 1L << 30 : 88 << 20) + 8;
    long seed = seed("large object");
    Path folder = Files.createDirectory(work.resolve("stream"));
    List<String> flags = flagsBehindProxy(12, ATTEMPT_TIMEOUT);
    try (TestProcess writer =
        StoreWriter.start(
            folder, StoreWriter.command(StoreWriter.STREAM, bytes, 1, "80m", flags))) {
      var unused =
          writer.awaitOutput(Pattern.compile("(" + StoreWriter.OPENED + ")\n"), 0, TIMEOUT);
      // A large object has a long time: what hangs ends late.
      plan(
          Faults.random(
              new Random(seed),
              0.03,
              faults().stream().filter(fault -> !HANGS.contains(fault)).toList()));
      assertThat(writer.await(Duration.ofMinutes(IS_LONG ? 20 : 3)))
          .as(() -> "seed " + seed + ": " + writer.output())
          .contains(0);
      assertThat(writer.output()).contains(StoreWriter.STREAMED + " " + bytes);
    } finally {
      plan(Faults.NONE);
    }
  }
}
