package io.pallium.tsdb;

import io.pallium.base.PalliumException;
import io.pallium.base.clock.ManualTimeSource;
import io.pallium.model.Labels;
import io.pallium.model.TenantId;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteResult;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesSet;
import io.pallium.tsdb.compact.CompactionConfig;
import io.pallium.tsdb.file.CrashScenario;
import io.pallium.tsdb.head.HeadLimits;
import io.pallium.tsdb.log.LogConfig;
import io.pallium.tsdb.log.LogReplayProgress;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Random writes to a database on the model of the page cache, crashes and recoveries: what was
/// acknowledged is answered by queries once and with its value, and so is what a query after a
/// recovery has shown once. (How writes fall into groups depends on timing too, not on the seed
/// alone.)
class TsdbCrashTest {
  private static final long START_MS = TsdbFixture.NOW_MS - 3_600_000;
  private static final int MAX_LATE_MS = 60;
  private static final Path DIRECTORY = Path.of("data");

  // Of 200 bytes each, so that segments fill.
  private static final List<Labels> LABELS =
      IntStream.range(0, 40)
          .mapToObj(
              i -> Labels.of("__name__", "m" + i, "pad", TsdbFixture.noise(i).substring(7800)))
          .toList();
  private static final List<TenantId> TENANTS = List.of(TsdbFixture.TENANT, TsdbFixture.OTHER);

  @Test
  void answersWhatWasAcknowledgedExactlyOnce() {
    CrashScenario.assertNothingIsLost(
        Boolean.getBoolean("pallium.long") ? 2_000 : 200, Scenario::new);
  }

  @Test
  void findsLossWhenNothingIsForced() {
    CrashScenario.assertFindsLossWhenNothingIsForced(Scenario::new);
  }

  private record SeriesKey(TenantId tenant, Labels labels) {}

  /// What is known of a series: times that must be there, and times that may be.
  private static final class Expected {
    final TreeMap<Long, Boolean> isStored = new TreeMap<>();
    long lastTimeMs;
    long ref;
  }

  private record Answer(
      CompletableFuture<WriteResult> result, List<SeriesKey> written, List<Long> times) {}

  private static final class Scenario extends CrashScenario {
    private final Map<SeriesKey, Expected> series = new HashMap<>();
    private final List<SeriesKey> keys = new ArrayList<>();

    // What lies so much before is perhaps in a block.
    private final Map<TenantId, Long> firstTimesMs = new HashMap<>();

    Scenario(long seed, boolean isForced) {
      super(seed, isForced);
    }

    @Override
    protected void live(boolean isLast) {
      try (Tsdb tsdb = open()) {
        check(tsdb);
        for (int round = 0; !isLast && round < 40; round++) {
          write(tsdb);
          maintain(tsdb);
        }
      }
    }

    /// Checkpoints and cuts at random moments, and chunks in files before a checkpoint is due.
    private void maintain(Tsdb tsdb) {
      try {
        switch (random.nextInt(12)) {
          case 0, 1 -> tsdb.maintain();
          case 2 -> flush(tsdb, TENANTS.get(random.nextInt(TENANTS.size())));
          default -> {
            // Goes on writing.
          }
        }
      } catch (PalliumException failed) {
        // The disk has failed, or the machine.
      }
    }

    /// Cuts all of a tenant; what it writes from now on is later than that.
    private void flush(Tsdb tsdb, TenantId tenant) {
      for (SeriesKey key : keys) {
        if (key.tenant().equals(tenant)) {
          firstTimesMs.merge(tenant, expected(key).lastTimeMs + MAX_LATE_MS + 1, Math::max);
          expected(key).ref = WriteBatch.NO_REF;
        }
      }
      keys.forEach(key -> expected(key).lastTimeMs = lastTimeMs(key, expected(key).lastTimeMs));
      tsdb.flush(tenant);
    }

    private long lastTimeMs(SeriesKey key, long timeMs) {
      return Math.max(timeMs, firstTimesMs.getOrDefault(key.tenant(), Long.MIN_VALUE));
    }

    private Tsdb open() {
      LogConfig log =
          new LogConfig(
              isForced, Duration.ofMillis(1), 4096, 1 << 20, Duration.ofSeconds(5), 1000, 0);
      return Tsdb.open(
          new TsdbConfig(
              DIRECTORY,
              TsdbFixture.head(7_200_000, 10_800_000, 3),
              log,
              CompactionConfig.defaults()),
          files,
          new ManualTimeSource(TsdbFixture.NOW_MS),
          new TsdbLimits(
              _ -> new HeadLimits(0, 0, Duration.ofMinutes(10), Duration.ofHours(1), 0, 0),
              TsdbLimits.DEFAULTS.retention()),
          new PrometheusRegistry(),
          LogReplayProgress.NONE);
    }

    /// Some writes at once, then all their answers.
    private void write(Tsdb tsdb) {
      if (random.nextInt(60) == 0) {
        files.setForceFails(true);
      }
      List<Answer> answers = new ArrayList<>();
      for (int i = 0; i < 1 + random.nextInt(4); i++) {
        List<SeriesKey> written = new ArrayList<>();
        List<Long> times = new ArrayList<>();
        WriteBatch batch = batch(tsdb, written, times);
        answers.add(new Answer(tsdb.write(batch), written, times));
        if (random.nextInt(3) == 0) {
          // A sender that has lost patience: the same is acknowledged when the first is durable.
          answers.add(new Answer(tsdb.write(batch), written, times));
        }
      }
      answers.forEach(this::settle);
    }

    private void settle(Answer answer) {
      WriteResult result;
      try {
        result = answer.result().join();
      } catch (CompletionException failed) {
        return;
      }
      if (result.hasRejected() || result.unknownRefCount() > 0) {
        problems.add("refused: " + result.firstRejection() + result.unknownRefCount());
        return;
      }
      for (int i = 0; i < answer.written().size(); i++) {
        Expected expected = expected(answer.written().get(i));
        expected.isStored.put(answer.times().get(i), true);
        if (result.ref(i) != WriteBatch.NO_REF) {
          expected.ref = result.ref(i);
        }
      }
    }

    /// A batch of one tenant: new samples, and now and then the last one again.
    private WriteBatch batch(Tsdb tsdb, List<SeriesKey> written, List<Long> times) {
      TenantId tenant = TENANTS.get(random.nextInt(TENANTS.size()));
      WriteBatch batch = new WriteBatch().reset(tenant).session(1, tsdb.incarnation());
      for (int i = 0; i < 1 + random.nextInt(12); i++) {
        SeriesKey key = new SeriesKey(tenant, LABELS.get(random.nextInt(LABELS.size())));
        if (written.contains(key)) {
          continue;
        }
        Expected expected = expected(key);
        byte[] labels = key.labels().bytes();
        if (expected.ref != WriteBatch.NO_REF && random.nextBoolean()) {
          batch.addSeries(expected.ref);
        } else {
          batch.addSeries(WriteBatch.NO_REF, labels, 0, labels.length);
        }
        boolean isRepeated = !expected.isStored.isEmpty() && random.nextInt(6) == 0;
        if (!isRepeated) {
          expected.lastTimeMs += 1 + random.nextInt(3);
        }
        long timeMs = expected.lastTimeMs;
        if (!isRepeated && random.nextInt(4) == 0) {
          timeMs -= 1 + random.nextInt(MAX_LATE_MS);
        }
        expected.isStored.putIfAbsent(timeMs, false);
        batch.addSample(timeMs, value(key, timeMs));
        written.add(key);
        times.add(timeMs);
      }
      return batch;
    }

    private Expected expected(SeriesKey key) {
      return series.computeIfAbsent(
          key,
          _ -> {
            keys.add(key);
            Expected expected = new Expected();
            expected.lastTimeMs = lastTimeMs(key, START_MS);
            return expected;
          });
    }

    private static long value(SeriesKey key, long timestampMs) {
      return Double.doubleToRawLongBits(timestampMs % 1000 + key.labels().hashCode() / 7.0);
    }

    private void check(Tsdb tsdb) {
      Map<SeriesKey, TreeMap<Long, Object>> found = new HashMap<>();
      for (TenantId tenant : TENANTS) {
        QueryControl control = QueryControl.unlimited();
        try (Querier querier = tsdb.querier(tenant, Long.MIN_VALUE, Long.MAX_VALUE, control)) {
          SeriesSet set =
              querier.select(SelectHints.sorted(Long.MIN_VALUE, Long.MAX_VALUE), List.of());
          while (set.next()) {
            SeriesKey key = new SeriesKey(tenant, set.labels());
            if (found.put(key, TsdbFixture.samples(set.samples(), control)) != null) {
              problems.add("twice: " + key);
            }
          }
        }
      }
      found.forEach(
          (key, samples) ->
              samples.forEach(
                  (time, bits) -> {
                    if (!expected(key).isStored.containsKey(time)) {
                      problems.add("nobody wrote " + key + " at " + time);
                    } else if (!bits.equals(value(key, time))) {
                      problems.add("another value of " + key + " at " + time);
                    }
                  }));
      for (SeriesKey key : keys) {
        settle(key, expected(key), found.getOrDefault(key, new TreeMap<>()));
      }
    }

    /// Checks one series; from now on what was found is stored, and the rest is not.
    private void settle(SeriesKey key, Expected expected, TreeMap<Long, Object> found) {
      expected.isStored.forEach(
          (time, isStored) -> {
            if (isStored && !found.containsKey(time)) {
              problems.add("lost: " + key + " at " + time);
            }
          });
      expected.isStored.keySet().retainAll(found.keySet());
      expected.isStored.replaceAll((_, _) -> true);
      // What was lost without an acknowledgement is sent again.
      expected.lastTimeMs = lastTimeMs(key, found.isEmpty() ? START_MS : found.lastKey());
      expected.ref = WriteBatch.NO_REF;
    }
  }
}
