package io.pallium.cluster.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pallium.base.LimitExceededException;
import io.pallium.base.PalliumException;
import io.pallium.base.QueryCanceledException;
import io.pallium.base.QueryTimeoutException;
import io.pallium.base.UnavailableException;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.model.Exemplar;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.model.MetricType;
import io.pallium.model.TenantId;
import io.pallium.storage.Cardinality;
import io.pallium.storage.MemoryQueryable;
import io.pallium.storage.Querier;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesExemplars;
import io.pallium.storage.SeriesSet;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Reading from an ingester over gRPC is as reading from the ingester.
@Timeout(60)
class RemoteIngesterReadTest {
  private static final TenantId TENANT = new TenantId("team-a");
  private static final List<LabelMatcher> ALL =
      List.of(LabelMatcher.of(LabelMatcher.Type.REGEX, "__name__", ".+"));
  private static final SelectHints HINTS = SelectHints.sorted(0, Long.MAX_VALUE);

  private final QueryControl control = QueryControl.unlimited();

  @Test
  void seriesAndSamplesAreThoseOfTheIngester() {
    // Series that share a message, and series that need several.
    for (MemoryQueryable memory : List.of(Samples.memory(500, 3), Samples.memory(4, 20_000))) {
      try (ServedIngester ingester = ServedIngester.of(memory);
          Querier direct = memory.querier(TENANT, 1_000, 19_990_000, control);
          Querier remote = ingester.client.querier(TENANT, 1_000, 19_990_000, control)) {
        List<String> expected = Samples.read(direct.select(HINTS, ALL), control);
        SeriesSet set = remote.select(HINTS, ALL);

        assertThat(set.isSorted()).isTrue();
        assertThat(Samples.read(set, control)).isEqualTo(expected);
        assertThat(ingester.budget.reservedBytes()).isZero();
      }
    }
  }

  @Test
  void matchersOfAllTypesReachTheIngester() {
    MemoryQueryable memory = Samples.memory(30, 1);
    try (ServedIngester ingester = ServedIngester.of(memory);
        Querier direct = memory.querier(TENANT, 0, 1000, control);
        Querier remote = ingester.client.querier(TENANT, 0, 1000, control)) {
      for (LabelMatcher.Type type : LabelMatcher.Type.values()) {
        List<LabelMatcher> matchers =
            List.of(ALL.getFirst(), LabelMatcher.of(type, "series", "0000[1-3]"));

        assertThat(Samples.read(remote.select(HINTS, matchers), control))
            .isEqualTo(Samples.read(direct.select(HINTS, matchers), control));
      }
    }
  }

  @Test
  void seriesComeWithoutSamplesWhereOnlySeriesAreWanted() {
    try (ServedIngester ingester = ServedIngester.of(Samples.memory(3, 5));
        Querier remote = ingester.client.querier(TENANT, 0, 10_000, control)) {
      SeriesSet set = remote.select(SelectHints.seriesOnly(0, 10_000), ALL);

      assertThat(Samples.read(set, control))
          .containsExactly(
              Samples.labels(0) + " []", Samples.labels(1) + " []", Samples.labels(2) + " []");
    }
  }

  @Test
  void aCursorSkipsAndOutlivesItsPlaceInTheSet() {
    try (ServedIngester ingester = ServedIngester.of(Samples.memory(2, 10_000));
        Querier remote = ingester.client.querier(TENANT, 0, Long.MAX_VALUE, control)) {
      SeriesSet set = remote.select(HINTS, ALL);
      assertThat(set.next()).isTrue();
      SampleCursor cursor = set.samples();
      cursor.skipTo(9_999_000);
      while (set.next()) {
        // The set goes on to its end.
      }

      assertThat(Samples.read(cursor, control)).hasSize(1);
    }
  }

  @Test
  void labelsAreThoseOfTheIngester() {
    MemoryQueryable memory = Samples.memory(20, 1);
    memory.add(Labels.of("__name__", "other", "zone", "\ud83d\ude00é"), 0, 1);
    try (ServedIngester ingester = ServedIngester.of(memory);
        Querier remote = ingester.client.querier(TENANT, 0, 1000, control)) {
      assertThat(remote.labelNames(List.of(), 0)).containsExactly("__name__", "series", "zone");
      assertThat(remote.labelNames(List.of(), 2)).hasSize(2);
      assertThat(remote.labelValues("series", ALL, 3)).containsExactly("00000", "00001", "00002");
      assertThat(remote.labelValues("zone", List.of(), 0)).containsExactly("\ud83d\ude00é");
      assertThat(remote.labelValues("nothing", List.of(), 0)).isEmpty();
    }
  }

  @Test
  void metadataIsThatOfTheIngester() {
    List<MetricMetadata> entries =
        List.of(
            new MetricMetadata("a_total", MetricType.COUNTER, "how many\nof a", ""),
            new MetricMetadata("b_seconds", MetricType.GAUGE, "", "seconds"));
    try (ServedIngester ingester =
        ServedIngester.of(
            new MemoryQueryable(), new FixedFacts(TENANT, entries, List.of(), Cardinality.EMPTY))) {
      assertThat(ingester.client.metadata(TENANT, null, control)).isEqualTo(entries);
      assertThat(ingester.client.metadata(TENANT, "b_seconds", control))
          .isEqualTo(entries.subList(1, 2));
      assertThat(ingester.client.metadata(new TenantId("other"), null, control)).isEmpty();
    }
  }

  @Test
  void exemplarsAndCardinalityAreThoseOfTheIngester() {
    List<SeriesExemplars> exemplars =
        List.of(
            new SeriesExemplars(
                Labels.of("__name__", "a"),
                List.of(
                    new Exemplar(Labels.of("trace_id", "é"), 0.5, 1000),
                    new Exemplar(Labels.EMPTY, Double.NaN, 2000))));
    List<Cardinality.Entry> entries = List.of(new Cardinality.Entry("ä=b", 3));
    Cardinality cardinality =
        new Cardinality(1, 2, 3, -4, Long.MAX_VALUE, entries, List.of(), entries, entries);
    try (ServedIngester ingester =
        ServedIngester.of(
            new MemoryQueryable(), new FixedFacts(TENANT, List.of(), exemplars, cardinality))) {
      QueryControl control = QueryControl.unlimited();
      List<List<LabelMatcher>> selectors = List.of(ALL, List.of());

      assertThat(ingester.client.exemplars(TENANT, 1000, 2000, selectors, control))
          .isEqualTo(exemplars);
      assertThat(ingester.client.exemplars(TENANT, 1001, 2000, selectors, control)).isEmpty();
      assertThat(ingester.client.cardinality(TENANT, 10, control)).isEqualTo(cardinality);
      assertThat(ingester.client.cardinality(new TenantId("other"), 10, control))
          .isEqualTo(Cardinality.EMPTY);
    }
  }

  @Test
  void samplesThatWereReadNoLongerCountAsMemory() {
    // 20 series of 340 kB each within 2 MB.
    MemoryBudget budget = MemoryBudget.root("querier.max-query-memory", 2 << 20);
    QueryControl bounded = new QueryControl(budget, TimeSource.SYSTEM, Duration.ofSeconds(30));
    try (ServedIngester ingester = ServedIngester.of(Samples.memory(20, 20_000))) {
      try (Querier remote = ingester.client.querier(TENANT, 0, Long.MAX_VALUE, bounded)) {
        assertThat(Samples.read(remote.select(HINTS, ALL), bounded)).hasSize(20);
      }

      assertThat(budget.reservedBytes()).isZero();
    }
  }

  @Test
  void samplesThatNobodyReadsYetCountAsMemory() {
    MemoryBudget budget = MemoryBudget.root("querier.max-query-memory", 2 << 20);
    QueryControl bounded = new QueryControl(budget, TimeSource.SYSTEM, Duration.ofSeconds(30));
    try (ServedIngester ingester = ServedIngester.of(Samples.memory(20, 20_000))) {
      try (Querier remote = ingester.client.querier(TENANT, 0, Long.MAX_VALUE, bounded)) {
        SeriesSet set = remote.select(HINTS, ALL);
        assertThatThrownBy(
                () -> {
                  while (set.next()) {
                    SampleCursor unread = set.samples();
                    assertThat(unread).isNotNull();
                  }
                })
            .isInstanceOf(LimitExceededException.class)
            .hasMessageContaining("querier.max-query-memory");
      }

      assertThat(budget.reservedBytes()).isZero();
    }
  }

  @Test
  void aSlowReaderSlowsTheSender() throws InterruptedException {
    EndlessStorage storage = new EndlessStorage();
    try (ServedIngester ingester = ServedIngester.of(storage)) {
      try (Querier remote = ingester.client.querier(TENANT, 0, Long.MAX_VALUE, control)) {
        SeriesSet set = remote.select(HINTS, ALL);
        assertThat(set.next()).isTrue();

        storage.awaitStandstill();
        long ahead = storage.sentBytes();
        assertThat(ahead).isLessThan(4 << 20);

        // And goes on when there is room again.
        SampleColumn column = new SampleColumn(control);
        while (storage.sentBytes() == ahead) {
          assertThat(set.next()).isTrue();
          column.clear();
          assertThat(set.samples().nextRun(column)).isTrue();
        }
      }
      storage.awaitEnd();
    }
  }

  @Test
  void cancelingAQueryEndsTheReaderAndTheSender() throws InterruptedException {
    EndlessStorage storage = new EndlessStorage();
    try (ServedIngester ingester = ServedIngester.of(storage)) {
      QueryControl own = QueryControl.unlimited();
      try (Querier remote = ingester.client.querier(TENANT, 0, Long.MAX_VALUE, own)) {
        SeriesSet set = remote.select(HINTS, ALL);
        assertThat(set.next()).isTrue();

        own.cancel();

        assertThatThrownBy(set::next).isInstanceOf(QueryCanceledException.class);
        storage.awaitEnd();
      }
      await().until(() -> ingester.budget.reservedBytes() == 0);
    }
  }

  @Test
  void cancelingAQueryEndsACallThatSendsNothing() throws InterruptedException {
    EndlessStorage storage = new EndlessStorage().silent();
    try (ServedIngester ingester = ServedIngester.of(storage)) {
      QueryControl own = QueryControl.unlimited();
      Thread canceler =
          Thread.startVirtualThread(
              () -> {
                storage.awaitBegin();
                own.cancel();
              });
      try (Querier remote = ingester.client.querier(TENANT, 0, Long.MAX_VALUE, own)) {
        assertThatThrownBy(() -> remote.labelNames(List.of(), 0))
            .isInstanceOf(QueryCanceledException.class);
        storage.awaitEnd();
      }
      canceler.join();
    }
  }

  @Test
  void aQueryOutOfTimeEndsOnBothSides() throws InterruptedException {
    EndlessStorage storage = new EndlessStorage().silent();
    try (ServedIngester ingester = ServedIngester.of(storage)) {
      QueryControl brief =
          new QueryControl(
              QueryControl.unlimited().budget(), TimeSource.SYSTEM, Duration.ofMillis(200));
      try (Querier remote = ingester.client.querier(TENANT, 0, Long.MAX_VALUE, brief)) {
        SeriesSet set = remote.select(HINTS, ALL);

        assertThatThrownBy(set::next).isInstanceOf(QueryTimeoutException.class);
        storage.awaitEnd();
      }
    }
  }

  @Test
  void failuresOfTheIngesterKeepTheirKindAndText() {
    AtomicReference<PalliumException> present =
        new AtomicReference<>(new UnavailableException("none yet"));
    try (ServedIngester ingester =
            ServedIngester.of(
                (tenant, min, max, unused) -> {
                  throw present.get();
                });
        Querier remote = ingester.client.querier(TENANT, 0, 1, control)) {
      for (PalliumException failure : RpcErrorsTest.oneOfEachKind()) {
        present.set(failure);

        assertSame(failure, remote.select(HINTS, ALL)::next);
        assertSame(failure, () -> remote.labelNames(List.of(), 0));
      }
    }
  }

  private static void assertSame(PalliumException failure, ThrowingCallable call) {
    assertThatThrownBy(call)
        .hasMessage(failure.getMessage())
        .isInstanceOfSatisfying(
            PalliumException.class, e -> assertThat(e.kind()).isEqualTo(failure.kind()));
  }

  @Test
  void aBrokenIngesterIsUnavailableAndItsTextsStayThere() {
    try (ServedIngester ingester =
        ServedIngester.of(
            (tenant, min, max, unused) -> {
              throw new AssertionError("BUG: something internal");
            })) {
      try (Querier remote = ingester.client.querier(TENANT, 0, 1, control)) {
        assertThatThrownBy(() -> remote.select(HINTS, ALL).next())
            .isInstanceOf(UnavailableException.class)
            .hasMessageContaining(ingester.client.toString())
            .hasMessageNotContaining("something internal");
      }
    }
  }

  @Test
  void anIngesterThatIsNotThereIsUnavailable() {
    ServedIngester gone = ServedIngester.of(new MemoryQueryable());
    gone.stop();
    try (Querier remote = gone.client.querier(TENANT, 0, 1, control)) {
      assertThatThrownBy(() -> remote.select(HINTS, ALL).next())
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining(gone.client.toString());
      assertThatThrownBy(() -> remote.labelNames(List.of(), 0))
          .isInstanceOf(UnavailableException.class);
    }
    assertThatThrownBy(() -> gone.client.metadata(TENANT, null, control))
        .isInstanceOf(UnavailableException.class);
  }

  @Test
  void anIngesterThatGoesAwayInTheMiddleFailsTheQuery() throws InterruptedException {
    EndlessStorage storage = new EndlessStorage();
    try (ServedIngester ingester = ServedIngester.of(storage)) {
      try (Querier remote = ingester.client.querier(TENANT, 0, Long.MAX_VALUE, control)) {
        SeriesSet set = remote.select(HINTS, ALL);
        assertThat(set.next()).isTrue();

        Thread stopping = Thread.startVirtualThread(ingester::stop);

        assertThatThrownBy(
                () -> {
                  while (set.next()) {
                    // What was on its way still comes.
                  }
                })
            .isInstanceOf(UnavailableException.class);
        stopping.join();
      }
    }
  }
}
