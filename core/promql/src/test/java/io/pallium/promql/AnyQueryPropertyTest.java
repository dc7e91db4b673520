package io.pallium.promql;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.ErrorKind;
import io.pallium.base.PalliumException;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.model.TenantId;
import io.pallium.storage.MemoryQueryable;
import io.pallium.storage.QueryControl;
import io.pallium.storage.Queryable;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/// Whatever is asked ends in time, in an answer or in an error that tells the caller what is wrong;
/// and whenever a query ends, it has given back its memory and closed what it read.
class AnyQueryPropertyTest {
  private static final TenantId TENANT = TenantId.ANONYMOUS;
  private static final long END_MS = 600_000;
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final Set<ErrorKind> TOLD =
      Set.of(ErrorKind.BAD_REQUEST, ErrorKind.QUERY_FAILED, ErrorKind.QUERY_TIMEOUT);

  private static final List<String> VALID =
      List.of(
          "sum by (a) (rate(m[5m]))",
          "histogram_quantile(0.9, sum by (le) (rate(m[5m])))",
          "m * on (i) group_left (a) (m + 1)",
          "topk(3, m) or bottomk(2, m) unless count_values(\"v\", m)",
          "quantile by (a) (0.5, avg_over_time(m[5m:30s]))",
          "label_replace(m, \"x\", \"$1$1\", \"i\", \"(.*)\")",
          "info(m) + on (i) fill (0) m{i=~\"1|2.*\"}",
          "max_over_time(deriv(m[2m])[10m:1m] @ end() offset -1m)",
          "absent(m{i=\"none\"}) + scalar(m) ^ -2e300 % 0x1f",
          "avg(h) + sum_over_time(h[5m]) >/ 4",
          "sort_desc(limit_ratio(-0.5, m anchored))",
          "-histogram_avg(h) < bool 1h30m == time()");

  private static final List<String> HUGE =
      List.of(
          "9".repeat(5_000),
          "1e" + "9".repeat(500),
          "0x" + "f".repeat(500),
          "m[" + "9".repeat(30) + "y]",
          "m[290y]",
          "sum_over_time(m[290y:1ms])",
          "m offset 290y",
          "m offset -290y",
          "m @ 1e308",
          "m @ -1e308",
          "vector(1)[100y:1ms]",
          "max_over_time(vector(1)[100y:1d] @ 1e15)",
          "(".repeat(5_000),
          "-".repeat(5_000) + "m",
          "m" + " + m".repeat(5_000),
          "abs(".repeat(190) + "m" + ")".repeat(190),
          "m[5m:" + "1m".repeat(1_000) + "]",
          "{a=~\"" + "(x{1000}){1000}" + "\"}",
          "{a=~\"" + "(a|b*)*".repeat(2_000) + "\"}",
          "\"" + "\\u00e9".repeat(20_000) + "\"",
          "{\"" + "x".repeat(50_000) + "\"}",
          "label_join(m, \"x\", \"" + "-".repeat(9_000) + "\"" + ", \"i\"".repeat(500) + ")");

  private static final MemoryQueryable DATA = data();

  @Property(tries = 400)
  void anyBytesEndInAnAnswerOrAnError(@ForAll byte[] bytes) {
    assertEndsWell(new String(bytes, StandardCharsets.UTF_8));
    assertEndsWell(new String(bytes, StandardCharsets.ISO_8859_1));
  }

  @Property(tries = 3_000)
  void changedQueryEndsInAnAnswerOrAnError(@ForAll("changed") String query) {
    assertEndsWell(query);
  }

  @Property(tries = 60)
  void hugeQueryEndsInAnAnswerOrAnError(@ForAll("huge") String query) {
    assertEndsWell(query);
  }

  /// What ends a query: the caller goes away, its time is over, or the store fails.
  enum End {
    CANCELED,
    FAILED
  }

  @Property(tries = 300)
  void queryThatEndsAtAnyMomentLeavesNothing(
      @ForAll("valid") String query, @ForAll End end, @ForAll Random random) throws Exception {
    var store = new WatchedQueryable(DATA, Integer.MAX_VALUE, () -> {});
    run(store, query, control(1L << 30)).close();
    assertThat(store.open.get()).isZero();
    int moment = random.nextInt(store.touches.get() + 1);
    MemoryBudget budget = MemoryBudget.root("test", 1L << 30);
    QueryControl control = new QueryControl(budget, TimeSource.SYSTEM, TIMEOUT);
    Runnable action =
        end == End.CANCELED
            ? control::cancel
            : () -> {
              throw new IllegalStateException("store failed");
            };
    var broken = new WatchedQueryable(DATA, moment, action);

    try (QueryResult result = run(broken, query, control)) {
      assertThat(result.warnings()).isNotNull();
    } catch (PalliumException | IllegalStateException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }

    assertThat(budget.reservedBytes()).as(query + " at " + moment).isZero();
    assertThat(broken.open.get()).as(query + " at " + moment).isZero();
  }

  private static void assertEndsWell(String query) {
    for (boolean isRange : new boolean[] {false, true}) {
      MemoryBudget budget = MemoryBudget.root("query.max_memory", 16L << 20);
      QueryControl control = new QueryControl(budget, TimeSource.SYSTEM, TIMEOUT);
      long startNanos = System.nanoTime();
      try (QueryResult result =
          isRange ? run(DATA, query, control) : instant(DATA, query, control)) {
        assertThat(result.type()).isNotNull();
      } catch (PalliumException e) {
        assertThat(TOLD).as(query + ": " + e).contains(e.kind());
      }
      assertThat(Duration.ofNanos(System.nanoTime() - startNanos))
          .as(query)
          .isLessThan(TIMEOUT.multipliedBy(4));
      assertThat(budget.reservedBytes()).as(query).isZero();
    }
  }

  private static QueryResult instant(Queryable store, String query, QueryControl control) {
    return engine(Runnable::run)
        .instant(store, TENANT, query, END_MS, QueryOptions.DEFAULT, control);
  }

  private static QueryResult run(Queryable store, String query, QueryControl control) {
    try (ExecutorService pool = Executors.newFixedThreadPool(2)) {
      return engine(pool)
          .range(store, TENANT, query, 0, END_MS, 30_000, QueryOptions.DEFAULT, control);
    }
  }

  private static QueryEngine engine(java.util.concurrent.Executor pool) {
    return new QueryEngine(EngineConfig.defaults(), Features.ALL, pool);
  }

  private static QueryControl control(long limitBytes) {
    return new QueryControl(
        MemoryBudget.root("query.max_memory", limitBytes), TimeSource.SYSTEM, TIMEOUT);
  }

  private static MemoryQueryable data() {
    MemoryQueryable data = new MemoryQueryable();
    for (int i = 0; i < 40; i++) {
      Labels labels = Labels.of("__name__", "m", "a", "" + i % 3, "i", "" + i, "le", "" + i % 5);
      Labels info = Labels.of("__name__", "target_info", "instance", "" + i, "job", "j");
      for (long t = 0; t <= END_MS; t += 15_000) {
        data.add(labels, t, t * 0.001 * i);
        data.add(info, t, 1);
        if (i < 5) {
          data.add(Labels.of("__name__", "h", "i", "" + i), t, histogram(t));
        }
      }
    }
    return data;
  }

  private static NativeHistogram histogram(long count) {
    return new NativeHistogram(
        NativeHistogram.ResetHint.UNKNOWN,
        false,
        3,
        0,
        0,
        4 * count,
        count,
        new int[] {-2, 4},
        new long[] {count, 0, 0, 0},
        new int[0],
        new long[0],
        new double[0]);
  }

  @Provide
  Arbitrary<String> valid() {
    return Arbitraries.of(VALID);
  }

  /// A valid query with a part of another, or a byte, in the place of a part of its own.
  @Provide
  Arbitrary<String> changed() {
    Arbitrary<String> pieces =
        Arbitraries.oneOf(
            Arbitraries.strings().ofMaxLength(3),
            Combinators.combine(valid(), places(), places())
                .as((text, from, to) -> part(text, from, to)));
    return Combinators.combine(valid(), places(), places(), pieces)
        .as(
            (text, from, to, piece) -> {
              int start = Math.min(from, to) % text.length();
              int end = Math.min(text.length(), start + Math.abs(from - to) % 8);
              return text.substring(0, start) + piece + text.substring(end);
            });
  }

  @Provide
  Arbitrary<String> huge() {
    return Arbitraries.of(HUGE);
  }

  private static Arbitrary<Integer> places() {
    return Arbitraries.integers().between(0, 80);
  }

  private static String part(String text, int from, int to) {
    int start = Math.min(from, to) % text.length();
    return text.substring(start, Math.max(start, Math.min(text.length(), Math.max(from, to))));
  }
}
