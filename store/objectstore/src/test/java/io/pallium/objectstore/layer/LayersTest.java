package io.pallium.objectstore.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.clock.TimeSource;
import io.pallium.objectstore.ListRequest;
import io.pallium.objectstore.MemoryStore;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectRange;
import io.pallium.objectstore.StoreException;
import io.pallium.objectstore.layer.FaultyStore.Fault;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/// What each layer adds; that it takes nothing away is the contract's business.
class LayersTest {
  private final FaultyStore inner = new FaultyStore();

  /// A store whose requests wait until they are let go.
  private static final class SlowStore extends LayeredStore {
    final CountDownLatch letGo = new CountDownLatch(1);
    final AtomicInteger running = new AtomicInteger();
    final AtomicInteger most = new AtomicInteger();
    final AtomicInteger slowRequests;

    SlowStore(int slowRequests) {
      super(new MemoryStore());
      this.slowRequests = new AtomicInteger(slowRequests);
    }

    @Override
    <T> T around(Operation operation, String name, long sentBytes, Supplier<T> call) {
      most.accumulateAndGet(running.incrementAndGet(), Math::max);
      try {
        if (slowRequests.getAndDecrement() > 0) {
          letGo.await();
        }
        return call.get();
      } catch (InterruptedException e) {
        throw StoreException.canceled(name, e);
      } finally {
        running.decrementAndGet();
      }
    }
  }

  @Test
  void slowReadIsAskedForASecondTime() {
    SlowStore slow = new SlowStore(1);
    slow.inner.put("object", text("content"));
    HedgedStore hedged = new HedgedStore(slow, Duration.ofMillis(1), Duration.ofSeconds(20));

    assertThat(hedged.read("object", 0, 100).bytes()).asString().isEqualTo("content");
  }

  @Test
  void failedReadIsNotAskedForASecondTime() {
    HedgedStore hedged = new HedgedStore(inner, Duration.ofMinutes(1), Duration.ofMinutes(1));

    assertThatThrownBy(() -> hedged.read("missing", 0, 1)).isInstanceOf(StoreException.class);

    assertThat(inner.requests).containsExactly(Operation.READ);
  }

  @Test
  void onlySoManyRequestsRunAtOnce() throws InterruptedException {
    SlowStore slow = new SlowStore(10);
    BoundedStore bounded = new BoundedStore(slow, 3);
    Thread[] threads = new Thread[10];
    for (int i = 0; i < threads.length; i++) {
      threads[i] = Thread.ofVirtual().start(() -> bounded.list(ListRequest.all("")));
    }
    while (slow.running.get() < 3) {
      Thread.onSpinWait();
    }

    slow.letGo.countDown();

    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(slow.most).hasValue(3);
  }

  @Test
  void metricsCountRequestsAndBytes() throws IOException {
    PrometheusRegistry registry = new PrometheusRegistry();
    MeteredStore metered = new MeteredStore(inner, new StoreMetrics(registry), TimeSource.SYSTEM);
    metered.put("object", text("seven"));
    metered.read("object", 1, 3);
    assertThatThrownBy(() -> metered.read("missing", 0, 1)).isInstanceOf(StoreException.class);
    inner.plan(Fault.LOST_ANSWER);
    assertThatThrownBy(() -> metered.delete("object")).isInstanceOf(StoreException.class);

    assertThat(exposition(registry))
        .contains(
            "pallium_objectstore_requests_total{operation=\"put\",outcome=\"success\"} 1.0",
            "pallium_objectstore_requests_total{operation=\"read\",outcome=\"success\"} 1.0",
            "pallium_objectstore_requests_total{operation=\"read\",outcome=\"not_found\"} 1.0",
            "pallium_objectstore_requests_total{operation=\"delete\",outcome=\"unavailable\"} 1.0",
            "pallium_objectstore_request_duration_seconds_count{operation=\"read\"} 2",
            "pallium_objectstore_sent_bytes_total 5.0",
            "pallium_objectstore_received_bytes_total 3.0");
  }

  @Test
  void tenantSeesOnlyItsFolder() {
    PrefixedStore tenant = new PrefixedStore(inner, "tenant-a");
    inner.put("tenant-ab/object", text("another tenant's"));
    tenant.put("object", text("own"));

    assertThat(inner.attributes("tenant-a/object")).isPresent();
    assertThat(tenant.objects("")).extracting("name").containsExactly("object");
    assertThatThrownBy(() -> tenant.read("../tenant-ab/object", 0, 1))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("has a part \"..\"");
  }

  @Test
  void cachedPiecesAreReadOnce() {
    byte[] bytes = new byte[1_000_000];
    new Random(7).nextBytes(bytes);
    inner.put("chunks", ObjectContent.of(bytes));
    CachedStore cached = new CachedStore(inner, 8 << 20, _ -> true);
    inner.requests.clear();

    assertRead(cached, bytes, 100_000, 200_000);
    assertRead(cached, bytes, 150_000, 50_000);
    assertThat(inner.requests).hasSize(1);
    assertRead(cached, bytes, 0, 1_000_000);
    assertThat(inner.requests).as("before and behind what is there").hasSize(3);
    assertRead(cached, bytes, 999_990, 100);
    assertThat(inner.requests).hasSize(3);
  }

  @Test
  void randomReadsThroughASmallCacheAreRight() {
    byte[] bytes = new byte[700_001];
    new Random(8).nextBytes(bytes);
    inner.put("chunks", ObjectContent.of(bytes));
    CachedStore cached = new CachedStore(inner, 300_000, _ -> true);
    long seed = System.nanoTime();
    Random random = new Random(seed);

    for (int i = 0; i < 500; i++) {
      int offset = random.nextInt(bytes.length + 1000);
      assertThat(read(cached, bytes, offset, random.nextInt(200_000)))
          .as("seed %d, read %d", seed, i)
          .isTrue();
    }
  }

  @Test
  void whatMayBeReplacedIsNotKept() {
    CachedStore cached = new CachedStore(inner, 8 << 20, name -> name.equals("chunks"));
    inner.put("index.json", text("first"));
    assertThat(cached.read("index.json", 0, 100).bytes()).asString().isEqualTo("first");

    inner.put("index.json", text("second"));

    assertThat(cached.read("index.json", 0, 100).bytes()).asString().isEqualTo("second");
  }

  private static void assertRead(CachedStore store, byte[] bytes, int offset, int maxBytes) {
    assertThat(read(store, bytes, offset, maxBytes)).isTrue();
  }

  private static boolean read(CachedStore store, byte[] bytes, int offset, int maxBytes) {
    int from = Math.min(offset, bytes.length);
    int to = Math.min(bytes.length, from + maxBytes);
    ObjectRange range = store.read("chunks", offset, maxBytes);
    return range.objectBytes() == bytes.length
        && Arrays.equals(range.bytes(), Arrays.copyOfRange(bytes, from, to));
  }

  private static String exposition(PrometheusRegistry registry) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrometheusTextFormatWriter.create().write(out, registry.scrape());
    return out.toString(StandardCharsets.UTF_8);
  }

  private static ObjectContent text(String text) {
    return ObjectContent.of(text.getBytes(StandardCharsets.UTF_8));
  }
}
