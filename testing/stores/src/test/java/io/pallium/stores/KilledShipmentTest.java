package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.bucket.BlockNames;
import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectStore;
import io.pallium.testkit.process.PalliumProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A server that is killed at a random request of those that ship its blocks: each block is in the
/// store whole or not at all, and the next life ships the rest and gives the same answers, in the
/// end out of the store alone.
@Tag("system")
class KilledShipmentTest {
  private static final int ROUNDS = Boolean.getBoolean("pallium.long") ? 10 : 1;

  @TempDir Path directory;

  private enum Backend {
    S3("PUT ", 10),
    DYNAMODB("DynamoDB_20120810.PutItem", 40);

    private final String write;
    private final int writes;

    /// @param write what requests that write have in their heads
    /// @param writes how many are made at the least while blocks are shipped
    Backend(String write, int writes) {
      this.write = write;
      this.writes = writes;
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void blocksAreShippedWholeOrNotAtAll(Backend backend) throws Exception {
    long seed = Long.getLong("pallium.seed", System.nanoTime());
    System.out.printf("shipments to %s that are killed, seed %d%n", backend, seed);
    Random random = new Random(seed);
    try (RunningStore running =
        switch (backend) {
          case S3 -> RunningStore.s3(directory);
          case DYNAMODB -> RunningStore.dynamodb(directory);
        }) {
      for (int round = 0; round < ROUNDS; round++) {
        round(
            running,
            directory.resolve("data-" + round),
            backend.write,
            1 + random.nextInt(backend.writes));
      }
    }
  }

  private static void round(RunningStore running, Path data, String write, int number)
      throws Exception {
    try (HttpProxy proxy = new HttpProxy(running.server().port(), number, HttpProxy.Words.NONE);
        ObjectStore store = StoreWriter.open(running.flags())) {
      for (ObjectAttributes object : store.objects("")) {
        store.delete(object.name());
      }
      List<String> all = new ArrayList<>(running.flagsBehind(proxy.port()));
      all.add("--auth.enabled=true");
      String[] flags = all.toArray(String[]::new);
      Map<String, String> before;
      CountDownLatch reached = new CountDownLatch(1);
      try (PalliumProcess pallium = PalliumProcess.start(data, flags)) {
        proxy.faults(fromWrite(write, number, reached));
        ShippedBlocksTest.pushLoad(pallium, 0, ShippedBlocksTest.STEPS + 20);
        before = ShippedBlocksTest.answers(pallium);
        assertThat(pallium.post("load", "/ingester/flush", Map.of()).statusCode()).isEqualTo(204);
        assertThat(reached.await(1, TimeUnit.MINUTES)).as("write %d", number).isTrue();
        pallium.process().kill();
      }
      proxy.heal();
      assertBlocksAreWhole(store, data.resolve("blocks"));

      try (PalliumProcess pallium = PalliumProcess.start(data, flags)) {
        assertThat(ShippedBlocksTest.answers(pallium)).isEqualTo(before);
        assertThat(pallium.post("load", "/ingester/flush?wait=true", Map.of()).statusCode())
            .isEqualTo(204);
        assertThat(assertBlocksAreWhole(store, data.resolve("blocks"))).isGreaterThanOrEqualTo(3);
        pallium.process().kill();
      }
      ShippedBlocksTest.delete(data.resolve("blocks"));
      ShippedBlocksTest.delete(data.resolve("index-headers"));
      try (PalliumProcess pallium = PalliumProcess.start(data, flags)) {
        assertThat(ShippedBlocksTest.answers(pallium)).isEqualTo(before);
      }
    }
  }

  /// From this write on none is answered, whether it is done or not.
  private static Faults fromWrite(String write, int number, CountDownLatch reached) {
    AtomicInteger writes = new AtomicInteger();
    return request -> {
      if (!request.contains(write) || writes.incrementAndGet() < number) {
        return Fault.NONE;
      }
      reached.countDown();
      return number % 2 == 0 ? Fault.HANG : Fault.DONE_HANG;
    };
  }

  /// @param blocks the folder with the blocks that the server itself has
  /// @return how many there are in the store
  private static int assertBlocksAreWhole(ObjectStore store, Path blocks) throws IOException {
    Set<String> ulids = new TreeSet<>();
    store
        .objects("load/")
        .forEach(
            object -> {
              if (object.name().endsWith("/" + BlockNames.META)) {
                ulids.add(object.name().split("/")[1]);
              }
            });
    for (String ulid : ulids) {
      Path block = blocks.resolve("load").resolve(ulid);
      try (Stream<Path> files = Files.walk(block)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          String name = "load/" + ulid + "/" + block.relativize(file);
          assertThat(store.holds(name, ObjectContent.of(file))).as(name).isTrue();
        }
      }
    }
    return ulids.size();
  }
}
