package io.pallium.service.querier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import io.pallium.base.QueryCanceledException;
import io.pallium.base.UnavailableException;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.cluster.rpc.IngesterService;
import io.pallium.cluster.rpc.RemoteIngester;
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
import io.pallium.storage.RecentFacts;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SampleCursor;
import io.pallium.storage.SelectHints;
import io.pallium.storage.SeriesExemplars;
import io.pallium.storage.SeriesSet;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Several ingesters, each behind gRPC, are read as one store.
@Timeout(60)
class IngesterQueryableTest {
  private static final int INGESTERS = 3;
  private static final TenantId TENANT = new TenantId("team-a");
  private static final List<LabelMatcher> ALL =
      List.of(LabelMatcher.of(LabelMatcher.Type.REGEX, "series", ".+"));

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Server> servers = new ArrayList<>();
  private final QueryControl control = QueryControl.unlimited();

  @AfterEach
  void stop() {
    for (Server server : servers) {
      var _ = server.stop();
    }
    threads.shutdown();
  }

  /// What an ingester knows, of all tenants.
  private record Facts(
      List<MetricMetadata> metadata, List<SeriesExemplars> exemplars, Cardinality cardinality)
      implements RecentFacts {
    @Override
    public List<MetricMetadata> metadata(
        TenantId tenant, @Nullable String family, QueryControl control) {
      return metadata;
    }

    @Override
    public List<SeriesExemplars> exemplars(
        TenantId tenant,
        long startMs,
        long endMs,
        List<List<LabelMatcher>> selectors,
        QueryControl control) {
      return exemplars;
    }

    @Override
    public Cardinality cardinality(TenantId tenant, int limit, QueryControl control) {
      return cardinality;
    }
  }

  private RemoteIngester serve(MemoryQueryable storage, List<MetricMetadata> metadata) {
    return serve(storage, new Facts(metadata, List.of(), Cardinality.EMPTY));
  }

  private RemoteIngester serve(MemoryQueryable storage, RecentFacts facts) {
    ServerBuilder builder = Server.builder();
    builder.http(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    new IngesterService(
            batch -> {
              throw new AssertionError("not to be written to");
            },
            storage,
            facts,
            "",
            threads,
            MemoryBudget.root("test", 1 << 24),
            1 << 24,
            Duration.ofSeconds(30),
            MemoryBudget.root("cluster.max-inflight-size", 1 << 20),
            TimeSource.SYSTEM)
        .addTo(builder);
    Server server = builder.build();
    server.start().join();
    servers.add(server);
    return new RemoteIngester("127.0.0.1:" + server.activeLocalPort(), Duration.ofSeconds(10), "");
  }

  @Test
  void seriesOfAllIngestersComeOnceAndInOrder() {
    MemoryQueryable whole = new MemoryQueryable();
    List<MemoryQueryable> parts = new ArrayList<>();
    for (int i = 0; i < INGESTERS; i++) {
      parts.add(new MemoryQueryable());
    }
    // Series 0 to 9 have a part of their samples everywhere, with some in two places.
    for (int series = 0; series < 100; series++) {
      Labels labels = Labels.of("__name__", "m", "series", Integer.toString(series));
      for (int i = 0; i < 300; i++) {
        int owner = series < 10 ? i / 40 % INGESTERS : series % INGESTERS;
        whole.add(labels, i, series + i);
        parts.get(owner).add(labels, i, series + i);
        if (series < 10 && i % 5 == 0) {
          parts.get((owner + 1) % INGESTERS).add(labels, i, series + i);
        }
      }
    }
    IngesterQueryable merged =
        new IngesterQueryable(parts.stream().map(part -> serve(part, List.of())).toList());

    try (Querier expected = whole.querier(TENANT, 10, 290, control);
        Querier actual = merged.querier(TENANT, 10, 290, control)) {
      assertThat(read(actual)).hasSize(100).isEqualTo(read(expected));
      assertThat(actual.labelValues("series", ALL, 7))
          .isEqualTo(expected.labelValues("series", ALL, 7));
      assertThat(actual.labelNames(ALL, 0)).isEqualTo(expected.labelNames(ALL, 0));
    }
  }

  private List<String> read(Querier querier) {
    List<String> series = new ArrayList<>();
    SeriesSet set = querier.select(SelectHints.sorted(10, 290), ALL);
    while (set.next()) {
      StringBuilder text = new StringBuilder(set.labels().toString());
      SampleColumn column = new SampleColumn(control);
      SampleCursor cursor = set.samples();
      while (cursor.nextRun(column)) {
        // All runs in one column.
      }
      for (int i = 0; i < column.size(); i++) {
        text.append(' ').append(column.timestampsMs()[i]).append('=').append(column.values()[i]);
      }
      column.release();
      series.add(text.toString());
    }
    return series;
  }

  @Test
  void metadataOfAllIngestersComesOnce() {
    MetricMetadata a = new MetricMetadata("a", MetricType.COUNTER, "help", "");
    MetricMetadata b = new MetricMetadata("b", MetricType.GAUGE, "help", "");
    MetricMetadata other = new MetricMetadata("b", MetricType.GAUGE, "other help", "");
    IngesterQueryable merged =
        new IngesterQueryable(
            List.of(
                serve(new MemoryQueryable(), List.of(a, other)),
                serve(new MemoryQueryable(), List.of(a, b))));

    assertThat(merged.metadata(TENANT, null, control)).containsExactly(a, b, other);
    assertThat(control.budget().reservedBytes()).isPositive();
    control.cancel();
    assertThatThrownBy(() -> merged.metadata(TENANT, null, control))
        .isInstanceOf(QueryCanceledException.class);
  }

  @Test
  void exemplarsOfAllIngestersComeOncePerSeriesAndInOrder() {
    Labels a = Labels.of("series", "a");
    Labels b = Labels.of("series", "b");
    Exemplar early = new Exemplar(Labels.of("trace", "1"), 1, 10);
    Exemplar late = new Exemplar(Labels.of("trace", "2"), 2, 20);
    IngesterQueryable merged =
        new IngesterQueryable(
            List.of(
                serveExemplars(
                    List.of(
                        new SeriesExemplars(a, List.of(late)),
                        new SeriesExemplars(b, List.of(early)))),
                serveExemplars(List.of()),
                serveExemplars(List.of(new SeriesExemplars(a, List.of(early, late))))));

    assertThat(merged.exemplars(TENANT, 0, 100, List.of(ALL), control))
        .containsExactly(
            new SeriesExemplars(a, List.of(early, late)), new SeriesExemplars(b, List.of(early)));
  }

  private RemoteIngester serveExemplars(List<SeriesExemplars> exemplars) {
    return serve(new MemoryQueryable(), new Facts(List.of(), exemplars, Cardinality.EMPTY));
  }

  @Test
  void cardinalitiesOfAllIngestersAreOne() {
    List<Cardinality.Entry> first = List.of(entry("x", 5), entry("y", 1));
    List<Cardinality.Entry> second = List.of(entry("y", 7), entry("z", 2));
    IngesterQueryable merged =
        new IngesterQueryable(
            List.of(
                serveCardinality(new Cardinality(6, 3, 9, 10, 20, first, first, first, first)),
                serveCardinality(new Cardinality(9, 2, 8, 5, 15, second, second, second, second)),
                serveCardinality(Cardinality.EMPTY)));

    List<Cardinality.Entry> sum = List.of(entry("y", 8), entry("x", 5));
    assertThat(merged.cardinality(TENANT, 2, control))
        .isEqualTo(
            new Cardinality(
                15, 3, 17, 5, 20, sum, List.of(entry("y", 7), entry("x", 5)), sum, sum));
  }

  private RemoteIngester serveCardinality(Cardinality cardinality) {
    return serve(new MemoryQueryable(), new Facts(List.of(), List.of(), cardinality));
  }

  private static Cardinality.Entry entry(String name, long count) {
    return new Cardinality.Entry(name, count);
  }

  @Test
  void anIngesterThatIsNotThereFailsTheQuery() {
    MemoryQueryable storage = new MemoryQueryable();
    storage.add(Labels.of("series", "1"), 20, 1);
    RemoteIngester present = serve(storage, List.of());
    RemoteIngester gone = serve(storage, List.of());
    servers.getLast().stop().join();
    IngesterQueryable merged = new IngesterQueryable(List.of(present, gone));

    try (Querier querier = merged.querier(TENANT, 10, 290, control)) {
      assertThatThrownBy(() -> read(querier)).isInstanceOf(UnavailableException.class);
      assertThatThrownBy(() -> querier.labelNames(List.of(), 0))
          .isInstanceOf(UnavailableException.class);
    }
    assertThatThrownBy(() -> merged.metadata(TENANT, null, control))
        .isInstanceOf(UnavailableException.class);
    assertThatThrownBy(() -> merged.exemplars(TENANT, 0, 1, List.of(ALL), control))
        .isInstanceOf(UnavailableException.class);
    assertThatThrownBy(() -> merged.cardinality(TENANT, 10, control))
        .isInstanceOf(UnavailableException.class);
  }
}
