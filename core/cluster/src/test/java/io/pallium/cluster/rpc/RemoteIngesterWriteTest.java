package io.pallium.cluster.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.ErrorKind;
import io.pallium.base.PalliumException;
import io.pallium.base.UnavailableException;
import io.pallium.model.Labels;
import io.pallium.model.MetricMetadata;
import io.pallium.model.MetricType;
import io.pallium.model.RejectReason;
import io.pallium.model.TenantId;
import io.pallium.model.WriteBatch;
import io.pallium.model.WriteBatchCodec;
import io.pallium.model.WriteResult;
import io.pallium.model.WriteResultCodec;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Writing to an ingester over gRPC is as writing to the ingester.
@Timeout(60)
class RemoteIngesterWriteTest {
  private static WriteBatch batch(int series) {
    WriteBatch batch = new WriteBatch().reset(new TenantId("team-a")).session(7, 9);
    for (int s = 0; s < series; s++) {
      byte[] labels = Samples.labels(s).bytes();
      batch.addSeries(s % 2 == 0 ? WriteBatch.NO_REF : s, labels, 0, labels.length);
      batch.addSample(1000 + s, Double.doubleToRawLongBits(s * 0.5));
    }
    batch.addHistogram(5000, Samples.histogram(3));
    batch.addExemplar(5000, Double.doubleToRawLongBits(1), Labels.of("trace_id", "x"));
    batch.addMetadata(new MetricMetadata("m", MetricType.GAUGE, "help", "unit"));
    return batch;
  }

  @Test
  void theBatchAndTheResultAreTheSame() {
    WriteResult result = new WriteResult(42, 3);
    result.assignRef(0, 100);
    result.addUnknownRef(1);
    result.addStored(2);
    result.addRejected(RejectReason.values()[0], 1);
    result.describeFirst(RejectReason.values()[0], "not this one");
    AtomicReference<byte[]> received = new AtomicReference<>();
    try (ServedIngester ingester =
        ServedIngester.of(
            written -> {
              received.set(new WriteBatchCodec().encode(written));
              return CompletableFuture.completedFuture(result);
            })) {
      WriteBatch sent = batch(3);

      WriteResult answer = ingester.client.write(sent).join();

      assertThat(received.get()).isEqualTo(new WriteBatchCodec().encode(sent));
      assertThat(WriteResultCodec.encode(answer)).isEqualTo(WriteResultCodec.encode(result));
    }
  }

  @Test
  void aBatchMayBeLarge() {
    try (ServedIngester ingester =
        ServedIngester.of(
            written ->
                CompletableFuture.completedFuture(new WriteResult(1, written.seriesCount())))) {
      WriteBatch large = batch(400_000);
      assertThat(new WriteBatchCodec().encode(large).length).isGreaterThan(15_000_000);

      assertThat(ingester.client.write(large).join().seriesCount()).isEqualTo(400_000);
    }
  }

  @Test
  void failuresKeepTheirKindButForThoseOfQueries() {
    AtomicReference<PalliumException> present =
        new AtomicReference<>(new UnavailableException("none yet"));
    try (ServedIngester ingester =
        ServedIngester.of(written -> CompletableFuture.failedFuture(present.get()))) {
      for (PalliumException failure : RpcErrorsTest.oneOfEachKind()) {
        boolean isOfQueries =
            failure.kind() == ErrorKind.CANCELED || failure.kind() == ErrorKind.QUERY_TIMEOUT;
        present.set(failure);

        assertThatThrownBy(() -> ingester.client.write(batch(1)).join())
            .isInstanceOf(CompletionException.class)
            .cause()
            .isInstanceOfSatisfying(
                PalliumException.class,
                e ->
                    assertThat(e.kind())
                        .isEqualTo(isOfQueries ? ErrorKind.UNAVAILABLE : failure.kind()));
      }
    }
  }

  @Test
  void anIngesterThatIsNotThereIsUnavailable() {
    ServedIngester gone =
        ServedIngester.of(written -> CompletableFuture.failedFuture(new AssertionError()));
    gone.stop();

    assertThatThrownBy(() -> gone.client.write(batch(1)).join())
        .hasCauseInstanceOf(UnavailableException.class);
  }
}
