package io.pallium.tsdb;

import static io.pallium.tsdb.TsdbFixture.NOW_MS;
import static io.pallium.tsdb.TsdbFixture.OTHER;
import static io.pallium.tsdb.TsdbFixture.TENANT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.LimitExceededException;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.model.Exemplar;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.model.TenantId;
import io.pallium.model.WriteBatch;
import io.pallium.storage.Cardinality;
import io.pallium.storage.Cardinality.Entry;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SeriesExemplars;
import io.pallium.tsdb.head.HeadLimits;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a database knows of a tenant beside its samples.
class TsdbFactsTest {
  private static final List<LabelMatcher> ALL =
      List.of(LabelMatcher.of(LabelMatcher.Type.REGEX, "__name__", ".+"));

  @TempDir Path directory;

  private TsdbFixture keepingHundred() {
    return new TsdbFixture(
        directory, TsdbFixture.head(7_200_000, 7_200_000, 120), _ -> HeadLimits.defaults());
  }

  private static Labels series(String name) {
    return Labels.of("__name__", name);
  }

  private static Exemplar exemplar(long timestampMs, String trace) {
    return new Exemplar(Labels.of("trace", trace), timestampMs / 2.0, timestampMs);
  }

  private static void write(TsdbFixture db, TenantId tenant, Labels series, Exemplar... exemplars) {
    WriteBatch batch = new WriteBatch().reset(tenant);
    batch.addSeries(WriteBatch.NO_REF, series.bytes(), 0, series.bytes().length);
    for (Exemplar exemplar : exemplars) {
      batch.addSample(exemplar.timestampMs(), Double.doubleToRawLongBits(1));
      batch.addExemplar(
          exemplar.timestampMs(), Double.doubleToRawLongBits(exemplar.value()), exemplar.labels());
    }
    assertThat(db.tsdb.write(batch).join().storedSamples()).isEqualTo(exemplars.length);
  }

  private static List<SeriesExemplars> read(TsdbFixture db, TenantId tenant) {
    return db.tsdb.exemplars(
        tenant, Long.MIN_VALUE, Long.MAX_VALUE, List.of(ALL), QueryControl.unlimited());
  }

  @Test
  void exemplarsAreThoseOfTheTenantInTheRangeOfMatchingSeries() {
    try (TsdbFixture db = new TsdbFixture(directory)) {
      write(db, TENANT, series("b"), exemplar(NOW_MS, "1"), exemplar(NOW_MS + 10, "2"));
      write(db, TENANT, series("a"), exemplar(NOW_MS + 5, "3"));
      write(db, OTHER, series("a"), exemplar(NOW_MS + 6, "4"));

      assertThat(read(db, TENANT))
          .containsExactly(
              new SeriesExemplars(series("a"), List.of(exemplar(NOW_MS + 5, "3"))),
              new SeriesExemplars(
                  series("b"), List.of(exemplar(NOW_MS, "1"), exemplar(NOW_MS + 10, "2"))));
      assertThat(read(db, OTHER))
          .containsExactly(new SeriesExemplars(series("a"), List.of(exemplar(NOW_MS + 6, "4"))));
      assertThat(read(db, new TenantId("unknown"))).isEmpty();
      List<LabelMatcher> onlyB = List.of(LabelMatcher.of(LabelMatcher.Type.EQUAL, "__name__", "b"));
      assertThat(
              db.tsdb.exemplars(
                  TENANT, NOW_MS + 1, NOW_MS + 10, List.of(onlyB, onlyB), QueryControl.unlimited()))
          .containsExactly(new SeriesExemplars(series("b"), List.of(exemplar(NOW_MS + 10, "2"))));
    }
  }

  @Test
  void theOldestExemplarsAreForgottenFirst() {
    try (TsdbFixture db = keepingHundred()) {
      for (int i = 0; i < 130; i++) {
        write(db, TENANT, series(i % 2 == 0 ? "even" : "odd"), exemplar(NOW_MS + i, "t" + i));
      }

      int kept = read(db, TENANT).stream().mapToInt(each -> each.exemplars().size()).sum();
      assertThat(kept).isEqualTo(100);
      assertThat(read(db, TENANT).getFirst().exemplars().getFirst())
          .isEqualTo(exemplar(NOW_MS + 30, "t30"));
      assertThat(read(db, TENANT).getLast().exemplars().getLast())
          .isEqualTo(exemplar(NOW_MS + 129, "t129"));
    }
  }

  @Test
  void exemplarsComeBackFromTheLog() {
    try (TsdbFixture db = new TsdbFixture(directory)) {
      write(db, TENANT, series("a"), exemplar(NOW_MS, "1"));
      List<SeriesExemplars> before = read(db, TENANT);

      db.restart();

      assertThat(read(db, TENANT)).isEqualTo(before).hasSize(1);
    }
  }

  @Test
  void exemplarsNeedMemoryOfTheQuery() {
    try (TsdbFixture db = keepingHundred()) {
      for (int i = 0; i < 100; i++) {
        write(db, TENANT, series("s" + i), exemplar(NOW_MS + i, "t" + i));
      }
      MemoryBudget total = MemoryBudget.root("total", 1 << 20);
      try (MemoryBudget small = total.child("querier.max-query-memory", 12_000)) {
        QueryControl control = new QueryControl(small, TimeSource.SYSTEM, Duration.ofMinutes(1));
        assertThatThrownBy(
                () ->
                    db.tsdb.exemplars(
                        TENANT, Long.MIN_VALUE, Long.MAX_VALUE, List.of(ALL), control))
            .isInstanceOf(LimitExceededException.class)
            .hasMessageContaining("querier.max-query-memory");
      }
      assertThat(total.reservedBytes()).isZero();
    }
  }

  @Test
  void cardinalityIsThatOfACountByHand() {
    Random random = new Random(7);
    try (TsdbFixture db = new TsdbFixture(directory)) {
      Set<Labels> all = new HashSet<>();
      for (int i = 0; i < 300; i++) {
        Labels labels =
            Labels.of(
                "__name__",
                "m" + random.nextInt(8),
                "job",
                "j" + random.nextInt(15),
                random.nextBoolean() ? "x" : "yy",
                "ä" + random.nextInt(40));
        if (all.add(labels)) {
          write(db, TENANT, labels, exemplar(NOW_MS, "t"));
        }
      }
      write(db, OTHER, series("foreign"), exemplar(NOW_MS, "t"));

      Cardinality counted = db.tsdb.cardinality(TENANT, 1000, QueryControl.unlimited());
      Cardinality largest = db.tsdb.cardinality(TENANT, 3, QueryControl.unlimited());

      Map<String, Long> byPair = new TreeMap<>();
      Map<String, Long> byMetric = new TreeMap<>();
      Map<String, Long> bytes = new TreeMap<>();
      Map<String, Long> values = new TreeMap<>();
      for (Labels labels : all) {
        labels
            .toMap()
            .forEach(
                (name, value) -> {
                  if (byPair.merge(name + "=" + value, 1L, Long::sum) == 1) {
                    values.merge(name, 1L, Long::sum);
                  }
                  int length = name.length() + value.getBytes(StandardCharsets.UTF_8).length;
                  bytes.merge(name, (long) length, Long::sum);
                  if (name.equals("__name__")) {
                    byMetric.merge(value, 1L, Long::sum);
                  }
                });
      }
      assertThat(counted.series()).isEqualTo(all.size());
      assertThat(counted.chunks()).isEqualTo(all.size());
      assertThat(counted.labelPairs()).isEqualTo(byPair.size());
      assertThat(counted.minTimeMs()).isEqualTo(NOW_MS);
      assertThat(counted.maxTimeMs()).isEqualTo(NOW_MS);
      assertThat(counted.seriesByMetric()).isEqualTo(sorted(byMetric));
      assertThat(counted.valuesByLabel()).isEqualTo(sorted(values));
      assertThat(counted.bytesByLabel()).isEqualTo(sorted(bytes));
      assertThat(counted.seriesByPair()).isEqualTo(sorted(byPair));
      assertThat(largest.seriesByPair()).isEqualTo(sorted(byPair).subList(0, 3));
      assertThat(largest.seriesByMetric()).isEqualTo(sorted(byMetric).subList(0, 3));
      assertThat(db.tsdb.cardinality(new TenantId("none"), 3, QueryControl.unlimited()))
          .isEqualTo(Cardinality.EMPTY);
    }
  }

  private static List<Entry> sorted(Map<String, Long> counts) {
    List<Entry> entries = new ArrayList<>();
    counts.forEach((name, count) -> entries.add(new Entry(name, count)));
    entries.sort(Cardinality.LARGEST_FIRST);
    return entries;
  }
}
