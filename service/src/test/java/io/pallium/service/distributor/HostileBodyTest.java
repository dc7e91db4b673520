package io.pallium.service.distributor;

import static io.pallium.service.distributor.DistributorFixture.NOW_MS;
import static io.pallium.service.distributor.DistributorFixture.TENANT;
import static io.pallium.service.distributor.DistributorFixture.request;
import static io.pallium.service.distributor.ProtoWriter.label;
import static io.pallium.service.distributor.ProtoWriter.sample;
import static io.pallium.service.distributor.ProtoWriter.series;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pallium.base.ErrorKind;
import io.pallium.base.PalliumException;
import io.pallium.model.RejectReason;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Small bodies that would become much when decoded: the node takes 8 MiB at once, inflated bodies
/// may have 4 MiB.
final class HostileBodyTest {
  private final DistributorFixture fixture = new DistributorFixture();

  @AfterEach
  void nothingIsLeftInWork() {
    assertThat(fixture.gauge("pallium_distributor_inflight_bytes")).isZero();
    assertThat(fixture.gauge("pallium_distributor_inflight_requests")).isZero();
    assertThat(
            fixture
                .push(series("__name__", "after").messageField(2, sample(NOW_MS, 1)))
                .storedSamples())
        .isEqualTo(1);
  }

  @Test
  void refusesAMillionEmptyHistograms() {
    refusesAsTooLarge(
        request(series("__name__", "a").raw(repeated(1_000_000, (byte) 0x22, (byte) 0))));
  }

  @Test
  void refusesAMillionEmptySamples() {
    refusesAsTooLarge(
        request(series("__name__", "a").raw(repeated(1_000_000, (byte) 0x12, (byte) 0))));
  }

  @Test
  void refusesAMillionEmptyExemplars() {
    refusesAsTooLarge(
        request(series("__name__", "a").raw(repeated(1_000_000, (byte) 0x1a, (byte) 0))));
  }

  @Test
  void refusesAMillionEmptyMetadataEntries() {
    refusesAsTooLarge(new ProtoWriter().raw(repeated(1_000_000, (byte) 0x1a, (byte) 0)));
  }

  @Test
  void refusesAHistogramOfMillionsOfBuckets() {
    ProtoWriter histogram = new ProtoWriter().bytesField(12, new byte[3_000_000]);

    refusesAsTooLarge(request(series("__name__", "h").messageField(4, histogram)));
  }

  @Test
  void refusesASeriesOfHundredThousandsOfLabels() {
    byte[] shortest = {0x0a, 3, 0x12, 1, 'v'};

    refusesAsTooLarge(
        request(new ProtoWriter().raw(repeated(700_000, shortest)).messageField(2, sample(1, 1))));
  }

  /// Joining each piece to a copy of all before it would copy two gigabytes here.
  @Test
  void joinsLabelsInPiecesWithoutCopyingThemAgain() {
    ProtoWriter hostile = new ProtoWriter().messageField(1, label("l", "v".repeat(1 << 20)));
    ProtoWriter exemplar =
        new ProtoWriter()
            .messageField(1, label("a", "1"))
            .doubleField(2, 1)
            .messageField(1, label("b", "2"));
    for (int i = 0; i < 2100; i++) {
      hostile.messageField(3, exemplar).messageField(1, label("m", "v"));
    }

    PushOutcome outcome = fixture.push(TENANT, request(hostile)).join();

    assertThat(outcome.firstReason()).isEqualTo(RejectReason.MAX_LABEL_NAMES);
  }

  private void refusesAsTooLarge(ProtoWriter body) {
    CompletionException failure =
        catchThrowableOfType(CompletionException.class, () -> fixture.push(TENANT, body).join());

    assertThat(failure).isNotNull();
    assertThat(failure)
        .cause()
        .isInstanceOfSatisfying(
            PalliumException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.TOO_LARGE));
    assertThat(failure).hasMessageContaining("max_inflight_size");
    assertThat(fixture.ingester().batches).isZero();
  }

  private static byte[] repeated(int times, byte... bytes) {
    byte[] all = new byte[times * bytes.length];
    for (int i = 0; i < times; i++) {
      System.arraycopy(bytes, 0, all, i * bytes.length, bytes.length);
    }
    return all;
  }
}
