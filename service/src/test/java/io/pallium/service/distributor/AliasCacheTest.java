package io.pallium.service.distributor;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.memory.MemoryBudget;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// The alias cache: right for every key, bounded, and right under several threads.
final class AliasCacheTest {
  private static final DistributorLimits LIMITS = DistributorLimits.defaults();

  @Test
  void staysWithinItsBoundsAndKeepsWhatIsInUse() {
    AliasCache cache = cache(1, 1000, 1 << 20);
    AliasCache.Probe probe = new AliasCache.Probe();
    probe.begin(cache, LIMITS);
    for (int i = 0; i < 20_000; i++) {
      look(probe, "churn-" + i, i);
      look(probe, "kept", 7);
    }

    assertThat(cache.size()).isBetween(500, 1001);
    assertThat(cache.sizeBytes()).isLessThan(1 << 20);
    byte[] kept = key("kept");
    assertThat(probe.find(kept, 0, kept.length)).isTrue();
  }

  @Test
  void keepsARefOnlyForItsIncarnation() {
    AliasCache cache = cache(2, 1000, 1 << 20);
    AliasCache.Probe probe = new AliasCache.Probe();
    probe.begin(cache, LIMITS);
    look(probe, "a", 1);
    byte[] key = key("a");

    putRef(cache, key, 1, 77, 5);

    assertThat(probe.ref(1, 77)).isEqualTo(5);
    assertThat(probe.ref(1, 78)).isZero();
    assertThat(probe.ref(0, 77)).isZero();
    putRef(cache, key, 1, 78, 6);
    assertThat(probe.ref(1, 77)).isZero();
    assertThat(probe.ref(1, 78)).isEqualTo(6);
  }

  @Test
  void carriesRefsOverToTheNextGeneration() {
    AliasCache cache = cache(1, 200, 1 << 20);
    AliasCache.Probe probe = new AliasCache.Probe();
    probe.begin(cache, LIMITS);
    look(probe, "a", 1);
    byte[] key = key("a");
    putRef(cache, key, 0, 77, 5);

    for (int i = 0; i < 120; i++) {
      look(probe, "churn-" + i, i);
    }

    assertThat(probe.find(key, 0, key.length)).isTrue();
    assertThat(probe.ref(0, 77)).isEqualTo(5);
  }

  @Test
  void neverGivesOneKeyTheAnswerOfAnother() throws Exception {
    AliasCache cache = cache(1, 4000, 1 << 22);
    List<Callable<Integer>> tasks = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      long seed = thread;
      tasks.add(() -> work(cache, new Random(seed)));
    }
    try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
      for (Future<Integer> hits : pool.invokeAll(tasks)) {
        assertThat(hits.get()).isPositive();
      }
    }
    assertThat(cache.size()).isLessThanOrEqualTo(4001);
  }

  /// Looks up keys whose token and ref follow from their number, in runs of neighbours as requests
  /// have them, while others insert and turn generations.
  private static int work(AliasCache cache, Random random) {
    AliasCache.Probe probe = new AliasCache.Probe();
    int hits = 0;
    for (int request = 0; request < 400; request++) {
      probe.begin(cache, LIMITS);
      int first = random.nextInt(6000);
      long incarnation = 1 + request / 100;
      for (int i = first; i < first + 100; i++) {
        byte[] key = key("series-" + i);
        if (probe.find(key, 0, key.length)) {
          hits++;
          assertThat(probe.token()).isEqualTo(i * 31);
          assertThat(probe.verdict()).isEqualTo(i % 3);
          long ref = probe.ref(0, incarnation);
          assertThat(ref == 0 || ref == i * 1000L + incarnation).isTrue();
        } else {
          probe.insert(i % 3, i * 31);
        }
        putRef(cache, key, 0, incarnation, i * 1000L + incarnation);
      }
    }
    return hits;
  }

  private static AliasCache cache(int ingesters, int maxEntries, long maxBytes) {
    return new AliasCache(
        new AliasCache.Setting(
            new AliasKey.Digest(),
            ingesters,
            maxEntries,
            maxBytes,
            MemoryBudget.root("total", Long.MAX_VALUE),
            () -> false),
        LIMITS);
  }

  private static void look(AliasCache.Probe probe, String text, int token) {
    byte[] key = key(text);
    if (probe.find(key, 0, key.length)) {
      assertThat(probe.token()).isEqualTo(token);
      return;
    }
    probe.insert(0, token);
  }

  private static void putRef(
      AliasCache cache, byte[] key, int ingester, long incarnation, long ref) {
    AliasKey digest = new AliasKey();
    cache.digest(digest, key, 0, key.length);
    cache.putRef(digest, ingester, incarnation, ref);
  }

  private static byte[] key(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
