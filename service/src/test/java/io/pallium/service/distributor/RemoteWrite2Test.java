package io.pallium.service.distributor;

import static io.pallium.service.distributor.DistributorFixture.NOW_MS;
import static io.pallium.service.distributor.DistributorFixture.TENANT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.BadRequestException;
import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.model.MetricType;
import io.pallium.model.RejectReason;
import io.pallium.service.distributor.FakeIngester.Stored;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/// Remote write 2.0: what of it is other than in 1.0.
final class RemoteWrite2Test {
  private static final Labels SERIES = Labels.of("__name__", "m", "job", "x");

  private final DistributorFixture fixture = new DistributorFixture();

  /// A request whose symbols are gathered while its series are written.
  private static final class Request {
    private final Map<String, Integer> symbols = new LinkedHashMap<>(Map.of("", 0));
    private final List<ProtoWriter> series = new ArrayList<>();

    int symbol(String text) {
      return symbols.computeIfAbsent(text, _ -> symbols.size());
    }

    /// A message that begins with the refs of labels.
    ProtoWriter labelled(Map<String, String> labels) {
      ProtoWriter refs = new ProtoWriter();
      labels.forEach((name, value) -> refs.varint(symbol(name)).varint(symbol(value)));
      return new ProtoWriter().bytesField(1, refs.toBytes());
    }

    /// Adds a series and gives its message, to be filled before [#toBytes].
    ProtoWriter series(Labels labels) {
      ProtoWriter message = labelled(labels.toMap());
      series.add(message);
      return message;
    }

    byte[] toBytes() {
      ProtoWriter out = new ProtoWriter();
      symbols.keySet().forEach(symbol -> out.textField(4, symbol));
      series.forEach(each -> out.messageField(5, each));
      return out.toBytes();
    }
  }

  private static ProtoWriter sample(long timestampMs, double value, long startMs) {
    return ProtoWriter.sample(timestampMs, value).varintField(3, startMs);
  }

  private static Stored stored(Labels labels, long timestampMs, double value) {
    return new Stored(TENANT, labels, timestampMs, Double.doubleToRawLongBits(value));
  }

  @Test
  void samplesAndHistogramsKeepTheirStartTimestamps() {
    Request request = new Request();
    request
        .series(SERIES)
        .messageField(2, sample(NOW_MS, 1, NOW_MS - 5000))
        .messageField(2, ProtoWriter.sample(NOW_MS + 1, 2))
        .messageField(2, sample(NOW_MS + 2, 3, NOW_MS - 5000));
    request
        .series(Labels.of("__name__", "h"))
        .messageField(
            3,
            new ProtoWriter()
                .varintField(1, 3)
                .doubleField(3, 4.5)
                .varintField(6, 3)
                .varintField(15, NOW_MS)
                .varintField(17, NOW_MS - 7000));

    PushOutcome outcome = fixture.pushV2(request.toBytes()).join();

    assertThat(outcome.isComplete()).isTrue();
    assertThat(fixture.ingester().samples)
        .containsExactly(
            stored(SERIES, NOW_MS, 1),
            stored(SERIES, NOW_MS + 1, 2),
            stored(SERIES, NOW_MS + 2, 3));
    assertThat(fixture.ingester().starts).containsExactly(NOW_MS - 5000, 0L, NOW_MS - 5000);
    assertThat(fixture.ingester().histograms).hasSize(1);
    assertThat(fixture.ingester().histograms.getFirst().histogram().count()).isEqualTo(3);
    assertThat(fixture.ingester().histogramStarts).containsExactly(NOW_MS - 7000);
  }

  @Test
  void exemplarsHaveRefsOfTheirOwnAndMayStandBeforeThoseOfTheSeries() {
    Request request = new Request();
    ProtoWriter exemplar =
        request.labelled(Map.of("trace_id", "abc")).doubleField(2, 0.5).varintField(3, NOW_MS);
    ProtoWriter series =
        new ProtoWriter()
            .messageField(4, exemplar)
            .messageField(2, ProtoWriter.sample(NOW_MS, 1))
            .raw(request.labelled(SERIES.toMap()).toBytes());
    request.series.add(series);

    PushOutcome outcome = fixture.pushV2(request.toBytes()).join();

    assertThat(outcome.isComplete()).isTrue();
    assertThat(outcome.storedExemplars()).isEqualTo(1);
    assertThat(fixture.ingester().samples).containsExactly(stored(SERIES, NOW_MS, 1));
    assertThat(fixture.ingester().exemplars)
        .containsExactly(
            new FakeIngester.StoredExemplar(
                SERIES, NOW_MS, Double.doubleToRawLongBits(0.5), Labels.of("trace_id", "abc")));
  }

  @Test
  void metadataIsTakenOncePerMetricName() {
    Request request = new Request();
    for (String job : List.of("x", "y")) {
      request
          .series(Labels.of("__name__", "m", "job", job))
          .messageField(2, ProtoWriter.sample(NOW_MS, 1))
          .messageField(
              5,
              new ProtoWriter()
                  .varintField(1, 1)
                  .varintField(3, request.symbol("Requests."))
                  .varintField(4, request.symbol("seconds")));
    }
    request
        .series(Labels.of("__name__", "nothing_known"))
        .messageField(2, ProtoWriter.sample(NOW_MS, 1))
        .messageField(5, new ProtoWriter());

    fixture.pushV2(request.toBytes()).join();

    assertThat(fixture.ingester().metadata)
        .containsExactly(new MetricMetadata("m", MetricType.COUNTER, "Requests.", "seconds"));
  }

  @Test
  void aSeriesIsKnownWhicheverWayItComes() {
    fixture.push(ProtoWriter.series("__name__", "m", "job", "x").messageField(2, sample(1)));
    Request request = new Request();
    request.series(SERIES).messageField(2, ProtoWriter.sample(NOW_MS, 1));

    fixture.pushV2(request.toBytes()).join();

    assertThat(fixture.ingester().samples).hasSize(2);
    assertThat(fixture.ingester().labelledSeries).isEqualTo(1);
  }

  private static ProtoWriter sample(double value) {
    return ProtoWriter.sample(NOW_MS - 1000, value);
  }

  @Test
  void whatWasStoredIsCountedByKind() {
    fixture.ingester().refusedMetric = "bad";
    Request request = new Request();
    request.series(SERIES).messageField(2, ProtoWriter.sample(NOW_MS, 1));
    request
        .series(Labels.of("__name__", "bad"))
        .messageField(2, ProtoWriter.sample(NOW_MS, 1))
        .messageField(2, ProtoWriter.sample(NOW_MS + 1, 1));

    PushOutcome outcome = fixture.pushV2(request.toBytes()).join();

    assertThat(outcome.firstReason()).isEqualTo(RejectReason.OUT_OF_ORDER);
    assertThat(outcome.storedSamples()).isEqualTo(1);
    assertThat(outcome.storedHistograms()).isZero();
  }

  @Test
  void refsThatMeanNothingRefuseTheWholeRequest() {
    Request good = new Request();
    good.series(SERIES).messageField(2, ProtoWriter.sample(NOW_MS, 1));
    for (byte[] refs : List.of(new byte[] {1, 99}, new byte[] {1, 2, 3}, new byte[] {1})) {
      Request request = new Request();
      request.series(SERIES).messageField(2, ProtoWriter.sample(NOW_MS, 1));
      request.series.add(new ProtoWriter().bytesField(1, refs));
      assertRefused(request.toBytes());
    }
    // Refs without any symbol, also after a request that had some.
    assertThat(fixture.pushV2(good.toBytes()).join().isComplete()).isTrue();
    assertRefused(
        new ProtoWriter()
            .messageField(5, new ProtoWriter().bytesField(1, new byte[] {0, 0}))
            .toBytes());
    assertThat(fixture.ingester().samples).hasSize(1);
  }

  private void assertRefused(byte[] request) {
    assertThatThrownBy(() -> fixture.pushV2(request).join())
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(BadRequestException.class)
        .hasMessageContaining("labels_refs");
  }

  @Test
  void fewSymbolsThatStandForMuchAreTooLarge() {
    Request request = new Request();
    ProtoWriter refs = new ProtoWriter();
    for (int i = 0; i < 10_000; i++) {
      refs.varint(request.symbol("a")).varint(request.symbol("x".repeat(50_000)));
    }
    request.series.add(new ProtoWriter().bytesField(1, refs.toBytes()));

    assertThatThrownBy(() -> fixture.pushV2(request.toBytes()).join())
        .hasCauseInstanceOf(BadRequestException.class)
        .hasMessageContaining("max_inflight_size");
    assertThat(fixture.gauge("pallium_distributor_inflight_bytes")).isZero();
  }

  @Property(tries = 300)
  void storesWhatItsSeriesSay(@ForAll long seed) {
    Random random = new Random(seed);
    DistributorFixture each = new DistributorFixture();
    List<Stored> expected = new ArrayList<>();
    for (int push = 0; push < 3; push++) {
      assertThat(each.pushV2(randomRequest(random, expected)).join().isComplete()).isTrue();
    }

    assertThat(each.ingester().samples).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(each.gauge("pallium_distributor_inflight_bytes")).isZero();
  }

  @Property(tries = 2000)
  void answersAnyBytesAndAppliesNoHalfOfARequest(@ForAll long seed) {
    Random random = new Random(seed);
    DistributorFixture each = new DistributorFixture();
    byte[] damaged = randomRequest(random, new ArrayList<>());
    for (int i = random.nextInt(4); i > 0; i--) {
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
    }
    int length = random.nextBoolean() ? damaged.length : random.nextInt(damaged.length + 1);

    CompletableFuture<PushOutcome> outcome = each.pushV2(Arrays.copyOf(damaged, length));

    assertThat(outcome).isDone();
    if (outcome.isCompletedExceptionally()) {
      assertThat(outcome.exceptionNow()).isInstanceOf(BadRequestException.class);
      assertThat(each.ingester().batches).isZero();
    } else {
      assertThat(outcome.join().storedSamples()).isEqualTo(each.ingester().samples.size());
    }
    assertThat(each.gauge("pallium_distributor_inflight_bytes")).isZero();
  }

  private static byte[] randomRequest(Random random, List<Stored> expected) {
    Request request = new Request();
    for (int i = random.nextInt(6); i >= 0; i--) {
      Map<String, String> labels = new TreeMap<>();
      labels.put("__name__", "metric_" + random.nextInt(5));
      for (int k = random.nextInt(5); k > 0; k--) {
        labels.put("label_" + random.nextInt(20), "v".repeat(1 + random.nextInt(200)) + "\u00e9");
      }
      ProtoWriter series = request.labelled(labels);
      for (int k = random.nextInt(4); k >= 0; k--) {
        long timestampMs = NOW_MS - random.nextInt(1_000_000);
        double value = random.nextInt(10);
        series.messageField(
            2,
            random.nextBoolean()
                ? sample(timestampMs, value, random.nextLong())
                : ProtoWriter.sample(timestampMs, value));
        if (random.nextInt(4) == 0) {
          series.bytesField(9 + random.nextInt(100), new byte[random.nextInt(20)]);
        }
        expected.add(stored(Labels.of(labels), timestampMs, value));
      }
      request.series.add(series);
    }
    return request.toBytes();
  }
}
