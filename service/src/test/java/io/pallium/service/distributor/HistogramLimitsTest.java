package io.pallium.service.distributor;

import static io.pallium.service.distributor.DistributorFixture.NOW_MS;
import static io.pallium.service.distributor.ProtoWriter.series;
import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.model.NativeHistogram;
import io.pallium.model.RejectReason;
import org.junit.jupiter.api.Test;

/// What a tenant may write of native histograms.
final class HistogramLimitsTest {
  private final DistributorFixture fixture = new DistributorFixture();

  @Test
  void halvesTheResolutionUntilTheBucketsFit() {
    limit(new HistogramLimits(true, 0, 0, 1, 0));

    assertThat(fixture.push(histogram(3, 1, 2, 1)).isComplete()).isTrue();

    NativeHistogram stored = fixture.ingester().histograms.getFirst().histogram();
    assertThat(stored.schema()).isEqualTo(2);
    assertThat(stored.positiveSpans()).containsExactly(1, 1);
    assertThat(stored.positiveBuckets()).containsExactly(5);
    assertThat(stored.count()).isEqualTo(5);
  }

  @Test
  void refusesWhatDoesNotFitInTheLowestResolution() {
    limit(new HistogramLimits(true, 0, 0, 1, 0));

    PushOutcome outcome = fixture.push(histogram(-4, 1, 2, 1));

    assertThat(outcome.firstReason()).isEqualTo(RejectReason.HISTOGRAM_BUCKETS);
    assertThat(outcome.text()).contains("max_native_histogram_buckets").contains("2 buckets");
  }

  @Test
  void refusesWhatIsTooLongOnTheWire() {
    limit(new HistogramLimits(true, 0, 0, 0, 20));

    PushOutcome outcome = fixture.push(histogram(3, 1, 2, 1));

    assertThat(outcome.firstReason()).isEqualTo(RejectReason.HISTOGRAM_SIZE);
    assertThat(outcome.text()).contains("max_native_histogram_sample_size_bytes");
  }

  private void limit(HistogramLimits histograms) {
    DistributorLimits d = DistributorLimits.defaults();
    fixture.limits =
        new DistributorLimits(
            d.ingestionRate(),
            d.ingestionBurstSize(),
            d.maxLabelNameLength(),
            d.maxLabelValueLength(),
            d.maxLabelNamesPerSeries(),
            d.maxLabelsSizeBytes(),
            d.enforceMetricName(),
            d.rejectOldSamples(),
            d.rejectOldSamplesMaxAge(),
            d.maxMetadataLength(),
            d.enforceMetadataMetricName(),
            histograms);
  }

  /// Two and three observations in two buckets that are neighbours.
  private static ProtoWriter histogram(int schema, int index, long firstDelta, long secondDelta) {
    return series("__name__", "h")
        .messageField(
            4,
            new ProtoWriter()
                .varintField(1, 5)
                .doubleField(3, 12.5)
                .varintField(4, ProtoWriter.zigZag(schema))
                .messageField(
                    11,
                    new ProtoWriter().varintField(1, ProtoWriter.zigZag(index)).varintField(2, 2))
                .varintField(12, ProtoWriter.zigZag(firstDelta))
                .varintField(12, ProtoWriter.zigZag(secondDelta))
                .varintField(15, NOW_MS));
  }
}
