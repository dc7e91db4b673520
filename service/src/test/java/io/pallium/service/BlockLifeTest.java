package io.pallium.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.UnavailableException;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.tsdb.file.LocalDurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The way of samples from the head over blocks here into the store, in any order of steps and with
/// a store that breaks off anywhere: at each of them a query finds each sample once, and nothing
/// that was deleted.
class BlockLifeTest {
  private static final int SERIES = 6;

  private static Labels series(int number) {
    return Labels.of("__name__", "series_" + number % 2, "number", Integer.toString(number));
  }

  @Property(tries = 10)
  void nothingIsLostDoubledOrBroughtBack(@ForAll long seed) throws IOException {
    Path directory = Files.createTempDirectory("block-life");
    Random random = new Random(seed);
    TreeMap<Labels, TreeMap<Long, Double>> model = new TreeMap<>();
    try (ShippedDatabase database = new ShippedDatabase(directory, 1 + random.nextInt(2))) {
      for (int step = 0; step < 120; step++) {
        String what = step(database, model, random);
        assertThat(database.read(Long.MIN_VALUE, Long.MAX_VALUE))
            .as("seed %d, step %d: %s", seed, step, what)
            .isEqualTo(model);
        long nowMs = database.time.nowMs();
        long fromMs = nowMs - random.nextInt(3_600_000);
        long toMs = fromMs + random.nextInt(600_000);
        assertThat(database.read(fromMs, toMs))
            .as("seed %d, step %d: %s, %d to %d", seed, step, what, fromMs, toMs)
            .isEqualTo(within(model, fromMs, toMs));
      }
    } finally {
      new LocalDurableFiles().delete(directory);
    }
  }

  private static String step(
      ShippedDatabase database, TreeMap<Labels, TreeMap<Long, Double>> model, Random random)
      throws IOException {
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> {
        return write(database, model, random);
      }
      case 3 -> {
        database.tsdb.maintain();
        return "maintain";
      }
      case 4 -> {
        database.tsdb.flush(ShippedDatabase.TENANT);
        return "flush";
      }
      case 5, 6 -> {
        database.shipper.run();
        return "ship";
      }
      case 7 -> {
        database.store.failAfter(random.nextInt(40), random.nextBoolean());
        database.shipper.run();
        database.store.mend();
        return "ship and fail";
      }
      case 8 -> {
        database.time.advance(Duration.ofSeconds(random.nextInt(400)));
        return "time goes by";
      }
      case 9 -> {
        return delete(database, model, random);
      }
      case 10 -> {
        boolean isDiskLost = database.unshipped() == 0 && random.nextBoolean();
        database.restart(isDiskLost);
        return isDiskLost ? "lose the blocks here" : "restart";
      }
      default -> {
        database.tsdb.removeDeleted(ShippedDatabase.TENANT);
        return "rewrite";
      }
    }
  }

  private static String write(
      ShippedDatabase database, TreeMap<Labels, TreeMap<Long, Double>> model, Random random) {
    for (int i = random.nextInt(30); i >= 0; i--) {
      database.time.advance(Duration.ofMillis(1 + random.nextInt(15_000)));
      for (int number = random.nextInt(SERIES); number < SERIES; number += 2) {
        double value = random.nextInt(1_000_000);
        long nowMs = database.time.nowMs();
        database.write(series(number), nowMs, value);
        model.computeIfAbsent(series(number), _ -> new TreeMap<>()).put(nowMs, value);
      }
    }
    return "write";
  }

  private static String delete(
      ShippedDatabase database, TreeMap<Labels, TreeMap<Long, Double>> model, Random random) {
    int number = random.nextInt(SERIES);
    long fromMs = database.time.nowMs() - random.nextInt(3_600_000);
    long toMs = fromMs + random.nextInt(600_000);
    List<LabelMatcher> matchers =
        List.of(LabelMatcher.of(LabelMatcher.Type.EQUAL, "number", Integer.toString(number)));
    if (random.nextBoolean()) {
      database.store.failAfter(random.nextInt(20), random.nextBoolean());
      try {
        database.delete(matchers, fromMs, toMs);
      } catch (UnavailableException _) {
        // Some of it may be done: who asked for it asks again.
      }
      database.store.mend();
    }
    database.delete(matchers, fromMs, toMs);
    TreeMap<Long, Double> samples = model.get(series(number));
    if (samples != null) {
      samples.subMap(fromMs, true, toMs, true).clear();
      if (samples.isEmpty()) {
        model.remove(series(number));
      }
    }
    return "delete";
  }

  private static TreeMap<Labels, TreeMap<Long, Double>> within(
      TreeMap<Labels, TreeMap<Long, Double>> model, long fromMs, long toMs) {
    TreeMap<Labels, TreeMap<Long, Double>> found = new TreeMap<>();
    model.forEach(
        (labels, samples) -> {
          if (!samples.subMap(fromMs, true, toMs, true).isEmpty()) {
            found.put(labels, new TreeMap<>(samples.subMap(fromMs, true, toMs, true)));
          }
        });
    return found;
  }

  @Test
  void queriesThatRunMeanwhileFindEachSampleOnce(@TempDir Path directory)
      throws InterruptedException {
    Random random = new Random(1);
    AtomicLong written = new AtomicLong();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    AtomicBoolean isOver = new AtomicBoolean();
    try (ShippedDatabase database = new ShippedDatabase(directory, 1)) {
      Thread reader =
          Thread.ofPlatform()
              .start(
                  () -> {
                    while (!isOver.get() && failure.get() == null) {
                      try {
                        long least = written.get();
                        TreeMap<Long, Double> found =
                            database
                                .read(Long.MIN_VALUE, Long.MAX_VALUE)
                                .getOrDefault(series(0), new TreeMap<>());
                        long value = 0;
                        for (double each : found.values()) {
                          assertThat(each).isEqualTo(value++);
                        }
                        assertThat(value).isGreaterThanOrEqualTo(least);
                      } catch (Throwable e) {
                        failure.set(e);
                      }
                    }
                  });
      for (int step = 0; step < 250 && failure.get() == null; step++) {
        for (int i = random.nextInt(20); i >= 0; i--) {
          database.time.advance(Duration.ofMillis(1 + random.nextInt(15_000)));
          database.write(series(0), database.time.nowMs(), written.get());
          written.incrementAndGet();
        }
        database.tsdb.maintain();
        database.shipper.run();
      }
      isOver.set(true);
      reader.join();
      assertThat(failure.get()).isNull();
      assertThat(database.tsdb.blocks(ShippedDatabase.TENANT)).hasSizeLessThan(6);
    }
  }
}
