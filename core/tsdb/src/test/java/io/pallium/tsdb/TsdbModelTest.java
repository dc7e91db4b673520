package io.pallium.tsdb;

import static io.pallium.tsdb.TsdbFixture.NOW_MS;
import static io.pallium.tsdb.TsdbFixture.OTHER;
import static io.pallium.tsdb.TsdbFixture.TENANT;
import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import io.pallium.model.RejectReason;
import io.pallium.model.TenantId;
import io.pallium.model.WriteResult;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.tsdb.TsdbFixture.Sample;
import io.pallium.tsdb.TsdbFixture.Started;
import io.pallium.tsdb.file.SimulatedFiles;
import io.pallium.tsdb.head.HeadLimits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/// Random histories of a small database against a model that keeps every stored sample in a map:
/// writes in order and not, deletions, cuts, compactions, restarts, and damage that costs nothing.
class TsdbModelTest {
  private static final long RANGE_MS = 1000;
  private static final long OPEN_RANGE_MS = 1500;

  private static final Path DIRECTORY = Path.of("/data");

  // What is there, and with it what was deleted.
  private final Map<TenantId, TreeMap<Labels, TreeMap<Long, Object>>> model = new HashMap<>();
  private final Map<TenantId, TreeMap<Labels, TreeMap<Long, Object>>> everything = new HashMap<>();
  private final Set<TenantId> withDeletions = new HashSet<>();
  private final Map<TenantId, Long> newestMs = new HashMap<>();

  /// How far out of order samples may come; 0 for not at all.
  private long windowMs;

  @Property(tries = 100)
  void everyHistoryReadsBackAsTheModel(@ForAll long seed) {
    Random random = new Random(seed);
    model.clear();
    everything.clear();
    withDeletions.clear();
    newestMs.clear();
    windowMs = random.nextBoolean() ? 0 : 300 + random.nextInt(4000);
    try (TsdbFixture db =
        new TsdbFixture(
            DIRECTORY,
            TsdbFixture.head(RANGE_MS, OPEN_RANGE_MS, 2 + random.nextInt(12)),
            _ -> new HeadLimits(0, 0, Duration.ofMinutes(10), Duration.ofMillis(windowMs), 0, 0),
            new SimulatedFiles(seed))) {
      // So that segments go, too.
      db.segmentBytes = 4096 << random.nextInt(3);
      db.restartCompacting();
      long timeMs = NOW_MS - 100_000;
      for (int step = 0; step < 80; step++) {
        TenantId tenant = random.nextInt(4) == 0 ? OTHER : TENANT;
        switch (random.nextInt(16)) {
          case 0 -> startAgain(db, random);
          case 1 -> db.tsdb.flush(tenant);
          case 2, 3 -> db.tsdb.maintain();
          case 4 -> timeMs += random.nextInt(3000);
          case 5 -> delete(db, tenant, timeMs, random);
          case 6 -> {
            if (random.nextBoolean()) {
              db.tsdb.removeDeleted(tenant);
            }
          }
          default -> {
            writeSome(db, tenant, timeMs, random);
            timeMs += random.nextInt(300);
          }
        }
        if (random.nextInt(8) == 0) {
          checkAll(db, timeMs, random);
        }
      }
      db.tsdb.maintain();
      checkAll(db, timeMs, random);
    }
  }

  /// Restarts or kills, and sometimes damages what the rest makes good.
  private static void startAgain(TsdbFixture db, Random random) {
    boolean isKill = random.nextBoolean();
    if (!isKill) {
      db.tsdb.close();
    }
    try {
      damage((SimulatedFiles) db.files, random);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (isKill) {
      db.kill();
    } else {
      db.restart();
    }
  }

  private static void damage(SimulatedFiles disk, Random random) throws IOException {
    switch (random.nextInt(6)) {
      case 0 -> {
        List<String> checkpoints =
            disk.list(DIRECTORY.resolve("wal")).stream()
                .filter(name -> name.startsWith("checkpoint"))
                .sorted()
                .toList();
        if (checkpoints.size() == 2) {
          Path newest = DIRECTORY.resolve("wal").resolve(checkpoints.getLast());
          disk.corrupt(newest, 1024 + random.nextInt(disk.content(newest).length - 1024), 1);
        }
      }
      case 1 -> {
        List<String> chunks = disk.list(DIRECTORY.resolve("head-chunks"));
        if (!chunks.isEmpty()) {
          String name = chunks.get(random.nextInt(chunks.size()));
          disk.delete(DIRECTORY.resolve("head-chunks").resolve(name));
        }
      }
      default -> {
        // All is well.
      }
    }
  }

  private void delete(TsdbFixture db, TenantId tenant, long timeMs, Random random) {
    LabelMatcher matcher = matcher(random);
    boolean isAll = random.nextInt(6) == 0;
    long fromMs = isAll ? Long.MIN_VALUE : timeMs - random.nextInt(8000);
    long toMs = isAll ? Long.MAX_VALUE : fromMs + random.nextInt(2000);
    db.tsdb.delete(tenant, List.of(matcher), fromMs, toMs);
    withDeletions.add(tenant);
    model
        .getOrDefault(tenant, new TreeMap<>())
        .forEach(
            (labels, samples) -> {
              if (isMatch(matcher, labels)) {
                samples.subMap(fromMs, true, toMs, true).clear();
              }
            });
  }

  private static boolean isMatch(LabelMatcher matcher, Labels labels) {
    String value = labels.get(matcher.name());
    return matcher.matches(value == null ? "" : value);
  }

  private void writeSome(TsdbFixture db, TenantId tenant, long timeMs, Random random) {
    TreeMap<Labels, TreeMap<Long, Object>> series =
        model.computeIfAbsent(tenant, _ -> new TreeMap<>());
    TreeMap<Labels, TreeMap<Long, Object>> known =
        everything.computeIfAbsent(tenant, _ -> new TreeMap<>());
    List<Sample> samples = new ArrayList<>();
    for (int i = random.nextInt(30); i >= 0; i--) {
      Labels labels = labels(random);
      long timestampMs = timeMs + random.nextInt(400) - 100 + (30 - i) * 3L;
      Sample sample =
          random.nextInt(10) == 0
              ? Sample.of(labels, timestampMs, histogram(random))
              : Sample.of(labels, timestampMs, random.nextInt(5));
      // What comes again after it was deleted stays so while the head remembers it.
      if (series.getOrDefault(labels, new TreeMap<>()).containsKey(timestampMs)
          || !known.getOrDefault(labels, new TreeMap<>()).containsKey(timestampMs)) {
        samples.add(sample.since(startMs(random, timestampMs)));
      }
    }
    List<Sample> accepted = new ArrayList<>();
    // One by one, so that each verdict is known; then the whole again in one batch, which may
    // change
    // nothing: what was stored is repeated, what was refused is refused again.
    for (Sample sample : samples) {
      WriteResult result = db.write(tenant, sample);
      Object content = content(sample.content());
      TreeMap<Long, Object> stored = known.computeIfAbsent(sample.labels(), _ -> new TreeMap<>());
      TreeMap<Long, Object> present = series.computeIfAbsent(sample.labels(), _ -> new TreeMap<>());
      Object before = stored.get(sample.timestampMs());
      if (result.hasRejected()) {
        checkRejection(result, stored, sample, content, before, db, tenant);
      } else {
        assertThat(result.storedSamples()).isOne();
        if (before == null) {
          long oldestMs = newestMs.getOrDefault(tenant, Long.MIN_VALUE + windowMs) - windowMs;
          boolean isInOrder = present.isEmpty() || present.lastKey() < sample.timestampMs();
          boolean isInWindow = withDeletions.contains(tenant) || sample.timestampMs() >= oldestMs;
          assertThat(isInOrder || (windowMs > 0 && isInWindow)).isTrue();
        } else {
          assertThat(Started.value(before)).isEqualTo(Started.value(content));
        }
        stored.putIfAbsent(sample.timestampMs(), content);
        present.putIfAbsent(sample.timestampMs(), content);
        newestMs.merge(tenant, sample.timestampMs(), Math::max);
        accepted.add(sample);
      }
    }
    if (random.nextBoolean()) {
      WriteResult whole = db.write(tenant, samples.toArray(Sample[]::new));
      assertThat(whole.storedSamples()).isEqualTo(accepted.size());
    }
  }

  private void checkRejection(
      WriteResult result,
      TreeMap<Long, Object> stored,
      Sample sample,
      Object content,
      @Nullable Object before,
      TsdbFixture db,
      TenantId tenant) {
    long blocksEndMs =
        db.tsdb.blocks(tenant).stream().mapToLong(b -> b.maxTimeMs()).max().orElse(Long.MIN_VALUE);
    switch (Objects.requireNonNull(result.firstReason())) {
      case NEW_VALUE_FOR_TIMESTAMP ->
          assertThat(Started.value(Objects.requireNonNull(before)))
              .isNotEqualTo(Started.value(content));
      case OUT_OF_ORDER -> {
        assertThat(windowMs).isZero();
        assertThat(stored.lastKey()).isGreaterThan(sample.timestampMs());
      }
      case TOO_OLD -> {
        long oldestMs = Math.max(blocksEndMs, newestMs.getOrDefault(tenant, 0L) - windowMs);
        assertThat(
                windowMs == 0 || sample.timestampMs() < oldestMs || withDeletions.contains(tenant))
            .isTrue();
      }
      // A series that left the head is a new one, so that its repetitions are out of bounds.
      case OUT_OF_BOUNDS -> {
        if (before != null && Started.value(content).equals(Started.value(before))) {
          assertThat(sample.timestampMs()).isLessThan(blocksEndMs);
        }
      }
      default -> throw new AssertionError(result.firstRejection());
    }
    assertThat(result.rejected(RejectReason.TOO_FAR_IN_FUTURE)).isZero();
  }

  private void checkAll(TsdbFixture db, long timeMs, Random random) {
    for (TenantId tenant : List.of(TENANT, OTHER)) {
      TreeMap<Labels, TreeMap<Long, Object>> expected = new TreeMap<>();
      long fromMs = random.nextBoolean() ? Long.MIN_VALUE : timeMs - random.nextInt(6000);
      long toMs = random.nextBoolean() ? Long.MAX_VALUE : timeMs - random.nextInt(3000);
      LabelMatcher matcher = matcher(random);
      for (Map.Entry<Labels, TreeMap<Long, Object>> each :
          model.getOrDefault(tenant, new TreeMap<>()).entrySet()) {
        if (fromMs <= toMs && isMatch(matcher, each.getKey())) {
          TreeMap<Long, Object> within =
              new TreeMap<>(each.getValue().subMap(fromMs, true, toMs, true));
          if (!within.isEmpty()) {
            expected.put(each.getKey(), within);
          }
        }
      }
      Map<Labels, TreeMap<Long, Object>> found = db.read(tenant, fromMs, toMs, matcher);
      found.values().forEach(samples -> samples.replaceAll((_, sample) -> content(sample)));
      assertThat(found).isEqualTo(expected);
      assertThat(new ArrayList<>(found.keySet())).isEqualTo(new ArrayList<>(expected.keySet()));
      checkLabels(db, tenant, matcher);
    }
  }

  /// Labels of series all of which was deleted may still be listed.
  private void checkLabels(TsdbFixture db, TenantId tenant, LabelMatcher matcher) {
    TreeMap<Labels, TreeMap<Long, Object>> present = model.getOrDefault(tenant, new TreeMap<>());
    TreeMap<Labels, TreeMap<Long, Object>> known = everything.getOrDefault(tenant, new TreeMap<>());
    try (Querier querier =
        db.tsdb.querier(tenant, Long.MIN_VALUE, Long.MAX_VALUE, QueryControl.unlimited())) {
      assertThat(querier.labelNames(List.of(matcher), 0))
          .isSorted()
          .containsAll(names(present, matcher))
          .isSubsetOf(names(known, matcher));
      List<String> values = querier.labelValues("instance", List.of(matcher), 0);
      assertThat(values)
          .isSorted()
          .containsAll(values(present, matcher))
          .isSubsetOf(values(known, matcher));
      assertThat(querier.labelValues("instance", List.of(matcher), 2))
          .isEqualTo(values.stream().limit(2).toList());
    }
  }

  private static Set<String> names(
      TreeMap<Labels, TreeMap<Long, Object>> series, LabelMatcher matcher) {
    Set<String> names = new HashSet<>();
    series.forEach(
        (labels, samples) -> {
          if (!samples.isEmpty() && isMatch(matcher, labels)) {
            names.addAll(labels.toMap().keySet());
          }
        });
    return names;
  }

  private static Set<String> values(
      TreeMap<Labels, TreeMap<Long, Object>> series, LabelMatcher matcher) {
    Set<String> values = new HashSet<>();
    series.forEach(
        (labels, samples) -> {
          String value = labels.get("instance");
          if (!samples.isEmpty() && value != null && isMatch(matcher, labels)) {
            values.add(value);
          }
        });
    return values;
  }

  private static LabelMatcher matcher(Random random) {
    String[][] cases = {
      {"=", "__name__", "a"},
      {"=~", "__name__", "a|b"},
      {"=~", "instance", "i.*"},
      {"!=", "instance", "i1"},
      {"!~", "instance", "i[0-2]"},
      {"=", "job", ""},
      {"=~", "job", ".*"},
      {"!=", "job", ""},
      {"=~", "none", ".+"},
      {"=", "instance", "i2"}
    };
    String[] chosen = cases[random.nextInt(cases.length)];
    for (LabelMatcher.Type type : LabelMatcher.Type.values()) {
      if (type.text().equals(chosen[0])) {
        return LabelMatcher.of(type, chosen[1], chosen[2]);
      }
    }
    throw new AssertionError(chosen[0]);
  }

  private static Labels labels(Random random) {
    String name = random.nextInt(3) == 0 ? "b" : "a";
    String instance = "i" + random.nextInt(6);
    return random.nextInt(3) == 0
        ? Labels.of("__name__", name, "instance", instance)
        : Labels.of("__name__", name, "instance", instance, "job", "j" + random.nextInt(2));
  }

  private static long startMs(Random random, long timestampMs) {
    return switch (random.nextInt(8)) {
      case 0 -> timestampMs - random.nextInt(1000);
      case 1, 2 -> NOW_MS - 200_000;
      default -> 0;
    };
  }

  /// Any kind: integer or float counts, custom buckets, gauges, stale markers.
  private static NativeHistogram histogram(Random random) {
    boolean isFloat = random.nextBoolean();
    if (random.nextInt(6) == 0) {
      return NativeHistogram.stale(isFloat);
    }
    boolean isCustom = random.nextInt(3) == 0;
    int count = 1 + random.nextInt(3);
    long bits = isFloat ? Double.doubleToRawLongBits(count) : count;
    return new NativeHistogram(
        random.nextBoolean() ? ResetHint.GAUGE : ResetHint.UNKNOWN,
        isFloat,
        isCustom ? -53 : random.nextInt(2),
        isCustom ? 0 : 0.001,
        0,
        bits,
        random.nextInt(3),
        new int[] {0, 1},
        new long[] {bits},
        new int[0],
        new long[0],
        isCustom ? new double[] {random.nextInt(2) + 0.5} : new double[0]);
  }

  /// What must be the same when it is read: what is known of counter resets depends on the chunk.
  private static Object content(Object sample) {
    if (sample instanceof Started(Object value, long startMs)) {
      return Started.of(content(value), startMs);
    }
    return sample instanceof NativeHistogram histogram
            && histogram.resetHint() != ResetHint.GAUGE
            && !histogram.isStale()
        ? histogram.withResetHint(ResetHint.UNKNOWN)
        : sample;
  }
}
