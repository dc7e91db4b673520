package io.pallium.bucket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.clock.TimeSource;
import io.pallium.model.TenantId;
import io.pallium.objectstore.MemoryStore;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.Test;

class StoreIdentityTest {
  private final ObjectStore store = new MemoryStore();

  private Bucket open() {
    return Bucket.open(store, "bucket \"metrics\"", TimeSource.SYSTEM);
  }

  private void put(String name) {
    store.put(name, ObjectContent.of(name.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void emptyStoreGetsAnIdThatStays() {
    String id = open().id();

    assertThat(open().id()).isEqualTo(id).isNotEmpty();
    assertThat(StoreIdentity.read(store)).contains(id);
    assertThat(open().tenants()).isEmpty();
  }

  @Test
  void manyWhoAreFirstAtTheSameTimeAgree() throws InterruptedException {
    Set<String> ids = new ConcurrentSkipListSet<>();
    Thread[] threads = new Thread[8];
    for (int i = 0; i < threads.length; i++) {
      threads[i] = Thread.ofPlatform().start(() -> ids.add(open().id()));
    }
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(ids).hasSize(1);
  }

  @Test
  void storeThatHoldsSomethingElseIsRefusedAndLeftAsItIs() {
    put("holidays/2025/beach.jpg");
    put("thanos/x");
    put("readme");

    assertThatThrownBy(this::open)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("bucket \"metrics\" holds something else than blocks")
        .hasMessageContaining("holidays/, thanos/, readme")
        .hasMessageContaining("storage.prefix");
    assertThat(StoreIdentity.read(store)).isEmpty();
  }

  @Test
  void storeWithBlocksOfOthersIsTaken() {
    put("rules/something");
    put("team-a/01M822WS2TRDWQDY63FCEA37Q1/meta.json");

    assertThat(open().id()).isNotEmpty();
    // Not the rules: nothing of ours is to be written there.
    assertThat(open().tenants()).containsExactly(new TenantId("team-a"));
  }

  @Test
  void storeWithNothingButAnIndexIsTaken() {
    put("team-a/bucket-index.json.gz");

    assertThat(open().id()).isNotEmpty();
  }

  @Test
  void idThatIsNotUnderstoodIsRefused() {
    for (String text : new String[] {"", "x", "{}", "{\"version\":2,\"id\":\"a\"}"}) {
      store.put(StoreIdentity.NAME, ObjectContent.of(text.getBytes(StandardCharsets.UTF_8)));

      assertThatThrownBy(this::open).as(text).isInstanceOf(StoreException.class);
    }
  }

  @Test
  void storeThatIsAnotherByNowIsNotReadAsEmpty() {
    Bucket bucket = open();
    store.delete(StoreIdentity.NAME);

    assertThatThrownBy(bucket::requireSame).hasMessageContaining(bucket.id());
    assertThatThrownBy(() -> bucket.tenant(new TenantId("team-a")).refresh())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("mounted");
  }
}
