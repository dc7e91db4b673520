package io.pallium.bucket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.CorruptDataException;
import io.pallium.base.clock.ManualTimeSource;
import io.pallium.model.TenantId;
import io.pallium.objectstore.MemoryStore;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.StoreException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class TenantBucketTest {
  private static final TenantId TENANT = new TenantId("tenant");
  private static final String ULID = "01M822WS2TRDWQDY63FCEA37Q1";
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final ManualTimeSource time = new ManualTimeSource(1_800_000_000_000L);
  private final ObjectStore store = new MemoryStore();

  private TenantBucket bucket() {
    return Bucket.open(store, "a store for tests", time).tenant(TENANT);
  }

  private static StoredBlock block(String ulid) {
    return new StoredBlock(ulid, 1, 2, 1, 3, "");
  }

  private void putBlock(boolean isWhole) {
    String folder = "tenant/" + ULID + "/";
    store.put(folder + "chunks/000001", ObjectContent.of(new byte[8]));
    store.put(folder + "index", ObjectContent.of(new byte[8]));
    if (isWhole) {
      String meta = "{\"ulid\":\"" + ULID + "\",\"minTime\":5,\"maxTime\":7,\"version\":1}";
      store.put(folder + "meta.json", ObjectContent.of(meta.getBytes(StandardCharsets.UTF_8)));
    }
  }

  @Test
  void whatOneWriterAddsAnotherDoesNotRemove() throws InterruptedException {
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      String name = "W" + i;
      TenantBucket own = bucket();
      writers.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int k = 0; k < 20; k++) {
                      String ulid = name + "-" + k;
                      boolean isDone = false;
                      while (!isDone) {
                        try {
                          own.update(index -> index.with(block(ulid)));
                          isDone = true;
                        } catch (StoreException _) {
                          // Others were first, again and again.
                        }
                      }
                    }
                  }));
    }
    for (Thread writer : writers) {
      writer.join();
    }

    assertThat(bucket().refresh().blocks()).hasSize(80);
  }

  @Test
  void indexIsReadAgainWhenItIsTooOld() {
    TenantBucket reader = bucket();
    TenantBucket writer = bucket();
    assertThat(reader.index(MINUTE, MINUTE).join().blocks()).isEmpty();
    writer.update(index -> index.with(block("A")));

    assertThat(reader.index(MINUTE, MINUTE).join().blocks()).isEmpty();
    time.advance(Duration.ofSeconds(61));

    assertThat(reader.index(MINUTE, MINUTE).join().blocks()).hasSize(1);
    assertThat(writer.index(MINUTE, MINUTE).join().blocks()).hasSize(1);
  }

  @Test
  void wholeBlocksOfAFolderWithoutAnIndexAreFound() {
    putBlock(false);
    assertThat(bucket().refresh().blocks()).isEmpty();

    putBlock(true);

    assertThat(bucket().refresh().blocks())
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.ulid()).isEqualTo(ULID);
              assertThat(found.minTimeMs()).isEqualTo(5);
              assertThat(found.maxTimeMs()).isEqualTo(7);
              assertThat(found.segments()).isEqualTo(1);
            });
  }

  @Test
  void reconciliationAddsWhatIsMissingAndRemovesWhatIsGoneAfterAMark() {
    String marked = "01M822WS3D6GZC3ZZKB89VZ1NH";
    String lost = "01M822WS3D6GZC3ZZKB89VZ1NJ";
    TenantBucket bucket = bucket();
    bucket.update(
        _ ->
            new BucketIndex(
                List.of(block(marked), block(lost)),
                List.of(new BucketIndex.Mark(marked, 1_000, false))));
    putBlock(true);

    assertThat(bucket.reconcile().index().blocks())
        .extracting(StoredBlock::ulid)
        .containsExactlyInAnyOrder(ULID, lost);
    assertThat(bucket().refresh().marks()).isEmpty();
  }

  @Test
  void aStoreThatHasLostEverythingIsNoEmptyOne() {
    TenantBucket bucket = bucket();
    putBlock(true);
    assertThat(bucket.refresh().blocks()).hasSize(1);
    store.delete("tenant/" + ULID + "/meta.json");
    store.delete("tenant/" + ULID + "/index");
    store.delete("tenant/" + ULID + "/chunks/000001");

    assertThatThrownBy(bucket::refresh)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("has nothing of it any more");
  }

  @Test
  void damagedIndexIsNoEmptyOne() {
    store.put("tenant/bucket-index.json.gz", ObjectContent.of(new byte[20]));

    assertThatThrownBy(() -> bucket().index(MINUTE, MINUTE).join())
        .hasMessageContaining("bucket index");
  }

  @Test
  void oneBlockWithoutReadableMetaKeepsNoOtherFromBeingListed() {
    String damaged = "01M822WS3D6GZC3ZZKB89VZ1NH";
    TenantBucket bucket = bucket();
    bucket.update(index -> index.with(block("A")));
    store.put("tenant/" + damaged + "/meta.json", ObjectContent.of(new byte[10]));
    putBlock(true);

    FolderListing.Found found = bucket.reconcile();

    assertThat(found.damaged()).containsExactly(damaged);
    assertThat(found.index().blocks()).extracting(StoredBlock::ulid).contains(ULID);
    assertThat(bucket().refresh().blocks()).extracting(StoredBlock::ulid).contains(ULID);
  }

  @Test
  void withoutAnIndexABlockThatCannotBeReadIsNotPassedOver() {
    putBlock(true);
    store.put("tenant/01M822WS3D6GZC3ZZKB89VZ1NH/meta.json", ObjectContent.of(new byte[10]));

    assertThatThrownBy(() -> bucket().refresh())
        .isInstanceOf(CorruptDataException.class)
        .hasMessageContaining("01M822WS3D6GZC3ZZKB89VZ1NH");
  }

  @Test
  void leftoversOfUploadsGoWhenNothingChangedForLongEnough() {
    TenantBucket bucket = bucket();
    putBlock(false);
    assertThat(bucket.reconcile().partial()).containsExactly(ULID);
    Duration day = Duration.ofDays(1);

    // The store has the real time.
    time.advance(Duration.ofMillis(System.currentTimeMillis() - time.nowMs()));
    assertThat(bucket.sweep(Set.of(ULID), day)).isZero();
    time.advance(Duration.ofHours(25));
    store.put("tenant/" + ULID + "/meta.json", ObjectContent.of(new byte[10]));
    assertThat(bucket.sweep(Set.of(ULID), day)).isZero();
    store.delete("tenant/" + ULID + "/meta.json");
    // What was copied by hand may have old times while it is copied.
    assertThat(bucket.sweep(Set.of(ULID), day)).isZero();
    store.put("tenant/" + ULID + "/chunks/000002", ObjectContent.of(new byte[8]));
    time.advance(Duration.ofHours(1));
    assertThat(bucket.sweep(Set.of(ULID), day)).isZero();
    time.advance(Duration.ofHours(1));
    assertThat(bucket.sweep(Set.of(ULID), day)).isOne();

    assertThat(store.attributes("tenant/" + ULID + "/index")).isEmpty();
  }

  @Test
  void indexIsReadWhileSamplesAreDeleted() throws InterruptedException {
    TenantBucket bucket = bucket();
    CountDownLatch isDeleting = new CountDownLatch(1);
    CountDownLatch isOver = new CountDownLatch(1);
    Thread deletion =
        Thread.ofPlatform()
            .start(
                () ->
                    bucket.exclusively(
                        () -> {
                          isDeleting.countDown();
                          await(isOver);
                        }));
    await(isDeleting);

    assertThat(bucket.index(Duration.ZERO, Duration.ZERO))
        .succeedsWithin(Duration.ofSeconds(30))
        .isEqualTo(BucketIndex.EMPTY);

    isOver.countDown();
    deletion.join();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
