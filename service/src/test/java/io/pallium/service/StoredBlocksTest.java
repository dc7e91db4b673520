package io.pallium.service;

import static io.pallium.service.ShippedDatabase.START_MS;
import static io.pallium.service.ShippedDatabase.TENANT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.PalliumException;
import io.pallium.bucket.BucketIndex;
import io.pallium.bucket.StoredBlock;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.objectstore.MemoryStore;
import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectContent;
import io.pallium.tsdb.block.BlockMeta;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What keeps blocks of a store readable, and what is done with those that are not, or that go.
class StoredBlocksTest {
  private static final int SERIES = 8;

  @TempDir Path directory;

  private final UnreliableStore store = new UnreliableStore(new MemoryStore());
  private ShippedDatabase database;

  @BeforeEach
  void shippedBlock() {
    database = new ShippedDatabase(directory.resolve("data"), 1, store);
    for (int number = 0; number < SERIES; number++) {
      for (int i = 0; i < 10; i++) {
        database.write(series(number), START_MS + i * 1_000, i);
      }
    }
    database.time.advance(Duration.ofSeconds(10));
    database.tsdb.flush(TENANT);
    database.shipper.run();
    assertThat(listed()).hasSize(1);
  }

  @AfterEach
  void close() {
    database.close();
  }

  private static Labels series(int number) {
    return Labels.of("__name__", "series", "number", Integer.toString(number));
  }

  private static List<LabelMatcher> only(int number) {
    return List.of(LabelMatcher.of(LabelMatcher.Type.EQUAL, "number", Integer.toString(number)));
  }

  private List<StoredBlock> listed() {
    return database.bucket.tenant(TENANT).refresh().blocks();
  }

  private int count(ShippedDatabase asked) {
    return asked.read(Long.MIN_VALUE, Long.MAX_VALUE).values().stream()
        .mapToInt(TreeMap::size)
        .sum();
  }

  /// Lets the copies here go.
  private void release() {
    database.time.advance(Duration.ofMinutes(6));
    database.shipper.run();
    assertThat(database.tsdb.blocks(TENANT)).isEmpty();
  }

  private String object(String end) {
    for (ObjectAttributes object : store.objects("")) {
      if (object.name().endsWith(end)) {
        return object.name();
      }
    }
    throw new AssertionError("no object " + end);
  }

  private byte[] read(String name) throws IOException {
    try (InputStream in = store.open(name)) {
      return in.readAllBytes();
    }
  }

  @Test
  void twoProcessesThatDeleteAtTheSameTimeDeleteBoth() throws InterruptedException {
    release();
    try (ShippedDatabase other = new ShippedDatabase(directory.resolve("other"), 1, store)) {
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        ShippedDatabase deleting = i == 0 ? database : other;
        int first = i;
        threads.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      for (int number = first; number < SERIES; number += 2) {
                        deleting.delete(only(number), START_MS, START_MS + 4_000);
                      }
                    }));
      }
      for (Thread thread : threads) {
        thread.join();
      }

      for (ShippedDatabase asked : List.of(database, other)) {
        asked.time.advance(Duration.ofMinutes(2));
        assertThat(count(asked)).isEqualTo(5 * SERIES);
      }
    }
  }

  @Test
  void deletionsOfOthersOutliveABlockThatIsShippedAgain() throws IOException {
    BlockMeta block = database.tsdb.blocks(TENANT).getFirst();
    // As if the process had ended before it knew that the block was shipped.
    Files.delete(directory.resolve("data/shipped/" + TENANT + ".json"));
    try (ShippedDatabase other = new ShippedDatabase(directory.resolve("other"), 1, store)) {
      other.delete(only(1), START_MS, START_MS + 4_000);
      database.restart(false);
      assertThat(database.unshipped()).isEqualTo(1);
      database.tsdb.delete(TENANT, only(2), START_MS, START_MS + 4_000);
      String stamp = listed().getFirst().deletions();

      database.shipper.run();

      assertThat(database.unshipped()).isZero();
      assertThat(listed().getFirst().deletions())
          .isNotEqualTo(stamp)
          .isEqualTo(database.bucket.tenant(TENANT).deletions(block.ulid()));
      other.time.advance(Duration.ofMinutes(2));
      assertThat(count(other)).isEqualTo(10 * SERIES - 10);
    }
  }

  @Test
  void marksAreTakenBackWhenTheRetentionBecomesLonger() throws IOException {
    release();
    for (Duration longer : List.of(Duration.ofDays(10), Duration.ZERO)) {
      database.time.advance(Duration.ofHours(3));
      database.retention = Duration.ofHours(1);
      database.restart(false);
      database.shipper.run();
      assertThat(database.bucket.tenant(TENANT).refresh().marks()).hasSize(1);

      database.retention = longer;
      database.restart(false);
      database.shipper.run();
      assertThat(database.bucket.tenant(TENANT).refresh().marks()).isEmpty();
      database.time.advance(Duration.ofHours(3));
      database.shipper.run();

      assertThat(count(database)).isEqualTo(10 * SERIES);
    }
  }

  @Test
  void marksOfOthersAreNotTakenBack() {
    release();
    String ulid = listed().getFirst().ulid();
    BucketIndex unused =
        database
            .bucket
            .tenant(TENANT)
            .update(
                index ->
                    new BucketIndex(
                        index.blocks(), List.of(new BucketIndex.Mark(ulid, 1_000, false))));

    database.shipper.run();

    assertThat(database.bucket.tenant(TENANT).refresh().marks()).hasSize(1);
  }

  @Test
  void retentionHoldsForTenantsThatOnlyTheStoreHas() throws IOException {
    release();
    try (ShippedDatabase other = new ShippedDatabase(directory.resolve("other"), 1, store)) {
      other.retention = Duration.ofHours(1);
      other.restart(false);
      assertThat(other.tsdb.shipping().tenants()).isEmpty();
      other.time.advance(Duration.ofHours(3));
      other.shipper.run();
      other.time.advance(Duration.ofHours(3));
      other.shipper.run();

      assertThat(other.bucket.tenant(TENANT).refresh().blocks()).isEmpty();
      assertThat(store.folders(TENANT + "/")).isEmpty();
    }
  }

  @Test
  void copyHereStaysWhenTheStoreHasLostAPartOfTheBlock() {
    String chunks = object("chunks/000001");
    store.delete(chunks);

    database.time.advance(Duration.ofMinutes(6));
    database.shipper.run();

    assertThat(database.tsdb.blocks(TENANT)).hasSize(1);
    assertThat(count(database)).isEqualTo(10 * SERIES);
  }

  @Test
  void damagedHeaderIsReadAgainFromTheStore() throws IOException {
    release();
    assertThat(count(database)).isEqualTo(10 * SERIES);
    Path header = header();
    int length = (int) Files.size(header);
    for (int at : List.of(0, 8, 33, 60, length / 3, length / 2, length - 60, length - 2)) {
      damage(header, at, 0x55);
      // While it is open the damage may be met by a query, which fails then.
      int found;
      try {
        found = count(database);
      } catch (PalliumException e) {
        found = count(database);
      }
      assertThat(found).as("while it is open, at %d", at).isEqualTo(10 * SERIES);

      damage(header(), at, 0x33);
      database.restart(false);
      assertThat(count(database)).as("before it is opened, at %d", at).isEqualTo(10 * SERIES);
    }
  }

  @Test
  void headerThatBecameShorterIsReadAgainFromTheStore() throws IOException {
    release();
    assertThat(count(database)).isEqualTo(10 * SERIES);
    Files.write(header(), new byte[0]);

    assertThatThrownBy(() -> count(database)).isInstanceOf(PalliumException.class);
    assertThat(count(database)).isEqualTo(10 * SERIES);
  }

  @Test
  void blockThatIsDamagedInTheStoreIsReadWhenItWasPutRight() throws IOException {
    release();
    String name = object("chunks/000001");
    byte[] whole = read(name);
    byte[] damaged = whole.clone();
    damaged[20] ^= 1;
    store.put(name, ObjectContent.of(damaged));
    assertThatThrownBy(() -> count(database)).isInstanceOf(PalliumException.class);

    store.put(name, ObjectContent.of(whole));

    assertThat(count(database)).isEqualTo(10 * SERIES);
  }

  private Path header() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("data/headers/" + TENANT))) {
      return files.findFirst().orElseThrow();
    }
  }

  private static void damage(Path file, int at, int mask) throws IOException {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.seek(at);
      int before = bytes.read();
      bytes.seek(at);
      bytes.write(before ^ mask);
    }
  }
}
