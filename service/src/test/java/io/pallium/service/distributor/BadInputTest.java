package io.pallium.service.distributor;

import static io.pallium.service.distributor.DistributorFixture.NOW_MS;
import static io.pallium.service.distributor.DistributorFixture.TENANT;
import static io.pallium.service.distributor.DistributorFixture.request;
import static io.pallium.service.distributor.ProtoWriter.label;
import static io.pallium.service.distributor.ProtoWriter.sample;
import static io.pallium.service.distributor.ProtoWriter.series;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.BadRequestException;
import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.model.MetricType;
import io.pallium.model.RejectReason;
import org.junit.jupiter.api.Test;

/// What is wrong inside a request that can be decoded, case by case, and unusual things that are
/// not wrong.
final class BadInputTest {
  private static final ProtoWriter GOOD =
      series("__name__", "good").messageField(2, sample(NOW_MS, 1));

  private final DistributorFixture fixture = new DistributorFixture();

  @Test
  void refusesASeriesWithoutLabels() {
    refuses(RejectReason.NO_LABELS, new ProtoWriter().messageField(2, sample(NOW_MS, 1)));
  }

  @Test
  void refusesASeriesWithOnlyEmptyLabels() {
    refuses(RejectReason.NO_LABELS, series("__name__", "").messageField(2, sample(NOW_MS, 1)));
  }

  @Test
  void refusesAnEmptyLabelName() {
    refuses(
        RejectReason.LABEL_NAME_INVALID,
        series("__name__", "a", "", "x").messageField(2, sample(NOW_MS, 1)));
  }

  @Test
  void refusesMalformedUtf8() {
    byte[] bad = {'x', (byte) 0xc0, (byte) 0x80};
    refuses(
        RejectReason.LABEL_NAME_INVALID,
        series("__name__", "a")
            .messageField(1, new ProtoWriter().bytesField(1, bad).textField(2, "v"))
            .messageField(2, sample(NOW_MS, 1)));
    refuses(
        RejectReason.LABEL_VALUE_INVALID,
        series("__name__", "a")
            .messageField(1, new ProtoWriter().textField(1, "n").bytesField(2, bad))
            .messageField(2, sample(NOW_MS, 1)));
    refuses(
        RejectReason.INVALID_METRIC_NAME,
        new ProtoWriter()
            .messageField(1, new ProtoWriter().textField(1, "__name__").bytesField(2, bad))
            .messageField(2, sample(NOW_MS, 1)));
  }

  @Test
  void refusesWhatIsTooLongOrTooMany() {
    refuses(
        RejectReason.LABEL_NAME_TOO_LONG,
        series("__name__", "a", "n".repeat(1025), "v").messageField(2, sample(NOW_MS, 1)));
    refuses(
        RejectReason.LABEL_VALUE_TOO_LONG,
        series("__name__", "a", "n", "v".repeat(2049)).messageField(2, sample(NOW_MS, 1)));
    ProtoWriter many = series("__name__", "a");
    for (int i = 0; i < 30; i++) {
      many.messageField(1, label("l" + i, "v"));
    }
    refuses(RejectReason.MAX_LABEL_NAMES, many.messageField(2, sample(NOW_MS, 1)));
  }

  @Test
  void refusesAHugeNumberOfUnsortedLabelsWithoutHanging() {
    ProtoWriter many = series("__name__", "a");
    for (int i = 0; i < 60_000; i++) {
      many.messageField(1, label("l" + (i * 7919 % 60_000), "v"));
    }
    refuses(RejectReason.MAX_LABEL_NAMES, many.messageField(2, sample(NOW_MS, 1)));
  }

  @Test
  void sortsLabelsAndDropsEmptyOnes() {
    fixture.push(
        series("z", "1", "a", "2", "empty", "", "__name__", "m")
            .messageField(2, sample(NOW_MS, 1)));

    assertThat(fixture.ingester().samples.getFirst().labels())
        .isEqualTo(Labels.of("__name__", "m", "a", "2", "z", "1"));
  }

  @Test
  void refusesGroups() {
    assertThatThrownBy(() -> fixture.push(TENANT, new ProtoWriter().tag(9, 3).tag(9, 4)).join())
        .hasCauseInstanceOf(BadRequestException.class)
        .hasMessageContaining("wire type 3")
        .hasMessageContaining("offset");
  }

  @Test
  void namesFieldAndOffsetOfWhatCannotBeDecoded() {
    ProtoWriter broken = series("__name__", "a").tag(2, 2).varint(3).raw(new byte[] {9, 0, 0});

    assertThatThrownBy(() -> fixture.push(broken))
        .hasCauseInstanceOf(BadRequestException.class)
        .hasMessageContaining("Sample.value")
        .hasMessageContaining("offset 20");
  }

  @Test
  void readsHistogramsPackedAndUnpacked() {
    ProtoWriter packed =
        histogram()
            .bytesField(
                12,
                new ProtoWriter()
                    .varint(ProtoWriter.zigZag(2))
                    .varint(ProtoWriter.zigZag(1))
                    .toBytes());
    ProtoWriter unpacked =
        histogram().varintField(12, ProtoWriter.zigZag(2)).varintField(12, ProtoWriter.zigZag(1));

    fixture.push(series("__name__", "h").messageField(4, packed).messageField(4, unpacked));

    assertThat(fixture.ingester().histograms).hasSize(2);
    assertThat(fixture.ingester().histograms.get(0).histogram())
        .isEqualTo(fixture.ingester().histograms.get(1).histogram());
    assertThat(fixture.ingester().histograms.getFirst().histogram().positiveBuckets())
        .containsExactly(2, 1);
    assertThat(fixture.ingester().histograms.getFirst().timestampMs()).isEqualTo(NOW_MS);
  }

  @Test
  void refusesAHistogramWhoseSpansDoNotFit() {
    refuses(
        RejectReason.HISTOGRAM_INVALID,
        series("__name__", "h")
            .messageField(4, histogram().varintField(12, ProtoWriter.zigZag(5))));
  }

  @Test
  void storesGoodExemplarsAndCountsBadOnes() {
    PushOutcome outcome =
        fixture.push(
            series("__name__", "a")
                .messageField(2, sample(NOW_MS, 1))
                .messageField(3, exemplar(NOW_MS, "trace_id", "abc"))
                .messageField(3, exemplar(0, "trace_id", "abc"))
                .messageField(3, exemplar(NOW_MS, "trace_id", "x".repeat(130)))
                .messageField(3, new ProtoWriter().varintField(3, NOW_MS)));

    assertThat(fixture.ingester().exemplars).hasSize(1);
    assertThat(fixture.ingester().exemplars.getFirst().labels())
        .isEqualTo(Labels.of("trace_id", "abc"));
    assertThat(fixture.ingester().samples).hasSize(1);
    assertThat(outcome.rejectedCount()).isEqualTo(3);
    assertThat(outcome.firstReason()).isEqualTo(RejectReason.EXEMPLAR_TIMESTAMP_INVALID);
    assertThat(fixture.counter("pallium_discarded_exemplars", "exemplar_labels_too_long"))
        .isEqualTo(1);
  }

  @Test
  void storesGoodMetadataAndCountsBadOnes() {
    ProtoWriter request =
        new ProtoWriter()
            .messageField(
                3, new ProtoWriter().varintField(1, 1).textField(2, "m").textField(4, "help"))
            .messageField(3, new ProtoWriter().textField(4, "help of nothing"))
            .messageField(3, new ProtoWriter().textField(2, "m").textField(4, "x".repeat(2000)));

    PushOutcome outcome = fixture.push(TENANT, request).join();

    assertThat(fixture.ingester().metadata)
        .containsExactly(new MetricMetadata("m", MetricType.COUNTER, "help", ""));
    assertThat(outcome.rejectedCount()).isEqualTo(2);
    assertThat(outcome.firstReason()).isEqualTo(RejectReason.METADATA_MISSING_METRIC_NAME);
  }

  @Test
  void refusesMetadataOfAMetricWhoseNameIsNotUtf8() {
    ProtoWriter request =
        new ProtoWriter()
            .messageField(
                3, new ProtoWriter().bytesField(2, new byte[] {'m', (byte) 0xff}).textField(4, "h"))
            .messageField(
                3, new ProtoWriter().textField(2, "m").bytesField(4, new byte[] {(byte) 0xff}));

    PushOutcome outcome = fixture.push(TENANT, request).join();

    assertThat(outcome.firstReason()).isEqualTo(RejectReason.METADATA_INVALID);
    assertThat(outcome.rejectedCount()).isEqualTo(1);
    assertThat(fixture.ingester().metadata)
        .containsExactly(new MetricMetadata("m", MetricType.UNKNOWN, "\ufffd", ""));
  }

  @Test
  void countsWhatAnIngesterLeftOutWithoutTellingTheSender() {
    fixture.ingester().discarded = RejectReason.EXEMPLAR_OUT_OF_ORDER;

    PushOutcome outcome = fixture.push(TENANT, request(GOOD)).join();

    assertThat(outcome.isComplete()).isTrue();
    assertThat(outcome.text()).isEmpty();
    assertThat(
            fixture.counter("pallium_discarded_exemplars", "exemplar_out_of_order", TENANT.value()))
        .isEqualTo(1);
  }

  @Test
  void measuresMetadataInBytes() {
    ProtoWriter request =
        new ProtoWriter()
            .messageField(3, new ProtoWriter().textField(2, "m").textField(4, "é".repeat(600)));

    PushOutcome outcome = fixture.push(TENANT, request).join();

    assertThat(outcome.firstReason()).isEqualTo(RejectReason.METADATA_TOO_LONG);
    assertThat(outcome.text()).contains("1200 bytes");
  }

  @Test
  void takesAnEmptyRequest() {
    assertThat(fixture.push(TENANT, new ProtoWriter()).join().isComplete()).isTrue();
    assertThat(fixture.ingester().batches).isZero();
  }

  /// The bad series is refused for this reason, the good one beside it is stored, and so again when
  /// the same bytes come a second time.
  private void refuses(RejectReason reason, ProtoWriter bad) {
    fixture.ingester().samples.clear();
    for (int round = 1; round <= 2; round++) {
      PushOutcome outcome = fixture.push(TENANT, request(bad, GOOD)).join();

      assertThat(outcome.firstReason()).isEqualTo(reason);
      assertThat(outcome.text()).contains(reason.errorId());
      assertThat(outcome.rejectedCount()).isEqualTo(1);
      assertThat(fixture.ingester().samples).hasSize(round);
    }
  }

  private static ProtoWriter exemplar(long timestampMs, String name, String value) {
    return new ProtoWriter()
        .messageField(1, label(name, value))
        .doubleField(2, 1.5)
        .varintField(3, timestampMs);
  }

  /// A histogram of five observations, two buckets still to come.
  private static ProtoWriter histogram() {
    return new ProtoWriter()
        .varintField(1, 5)
        .doubleField(3, 12.5)
        .varintField(4, ProtoWriter.zigZag(3))
        .messageField(11, new ProtoWriter().varintField(1, 0).varintField(2, 2))
        .varintField(15, NOW_MS);
  }
}
