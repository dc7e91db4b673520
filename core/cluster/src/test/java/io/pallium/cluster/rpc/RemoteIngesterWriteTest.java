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
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
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

  /// The ingester would refuse it as often as it came.
  @Test
  void aBatchThatIsTooLargeForAMessageIsRefusedForGood() {
    try (ServedIngester ingester =
        ServedIngester.of(
            written ->
                CompletableFuture.completedFuture(new WriteResult(1, written.seriesCount())))) {
      WriteBatch tooLarge = new WriteBatch().reset(new TenantId("team-a"));
      byte[] labels = new byte[RemoteIngester.MAX_MESSAGE_BYTES];
      tooLarge.addSeries(WriteBatch.NO_REF, labels, 0, labels.length);

      assertThatThrownBy(() -> ingester.client.write(tooLarge).join())
          .cause()
          .isInstanceOfSatisfying(
              PalliumException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.TOO_LARGE));
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
  void writesInWorkAreBoundedTogether() {
    Queue<CompletableFuture<WriteResult>> held = new ConcurrentLinkedQueue<>();
    try (ServedIngester ingester =
        ServedIngester.of(
            written -> {
              CompletableFuture<WriteResult> answer = new CompletableFuture<>();
              held.add(answer);
              return answer;
            })) {
      int series = 300_000;
      WriteBatch large = batch(series);
      List<CompletableFuture<WriteResult>> taken = new ArrayList<>();
      CompletableFuture<WriteResult> last = ingester.client.write(large);
      await(() -> !held.isEmpty());
      for (int i = 0; i < 3; i++) {
        taken.add(last);
        last = ingester.client.write(large);
      }

      CompletableFuture<WriteResult> refused = last;
      assertThatThrownBy(refused::join)
          .cause()
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("cluster.max-inflight-size")
          .hasMessageContaining(Integer.toString(32 << 20));

      await(() -> taken.stream().allMatch(t -> t.isDone() || !held.isEmpty()));
      while (!held.isEmpty()) {
        held.remove().complete(new WriteResult(1, series));
      }
      assertThat(taken.get(0).join().seriesCount()).isEqualTo(series);
      await(
          () -> {
            held.forEach(answer -> answer.complete(new WriteResult(1, series)));
            return ingester.writeBudget.reservedBytes() == 0;
          });
      CompletableFuture<WriteResult> again = ingester.client.write(batch(1));
      await(() -> held.stream().anyMatch(answer -> !answer.isDone()));
      held.forEach(answer -> answer.complete(new WriteResult(1, 1)));
      assertThat(again.join().seriesCount()).isEqualTo(1);
    }
  }

  private static void await(BooleanSupplier holds) {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("did not come to pass in 30 s");
      }
      Thread.onSpinWait();
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
