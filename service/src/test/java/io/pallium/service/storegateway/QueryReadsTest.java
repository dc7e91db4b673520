package io.pallium.service.storegateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.LimitExceededException;
import io.pallium.base.UnavailableException;
import io.pallium.base.clock.TimeSource;
import io.pallium.base.memory.MemoryBudget;
import io.pallium.objectstore.MemoryStore;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectStore;
import io.pallium.storage.QueryControl;
import io.pallium.tsdb.block.ByteSource;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class QueryReadsTest {
  private static final int LENGTH = 40 << 20;

  private final ObjectStore store = new MemoryStore();
  private final StoreGatewayMetrics metrics =
      new StoreGatewayMetrics(new PrometheusRegistry(), () -> 0);
  private final MemoryBudget budget = MemoryBudget.root("budget", 64 << 20);
  private final byte[] content = new byte[LENGTH];

  private ByteSource object(MemoryBudget of) {
    new Random(1).nextBytes(content);
    store.put("tenant/object", ObjectContent.of(content));
    StoredObject object =
        new StoredObject(
            store,
            "tenant/object",
            LENGTH,
            StoredObject.LocalParts.NONE,
            task -> Thread.ofVirtual().start(task),
            metrics);
    return object.forQuery(new QueryControl(of, TimeSource.SYSTEM, Duration.ofMinutes(1)));
  }

  private void assertRead(ByteSource source, long offset, int length) {
    ByteSource.Window window = source.window(offset, length);
    for (int i = 0; i < length; i += 97) {
      assertThat(window.bytes().get(ValueLayout.JAVA_BYTE, offset - window.start() + i))
          .isEqualTo(content[(int) offset + i]);
    }
  }

  @Test
  void manyPlannedRangesAreFewReads() {
    try (ByteSource source = object(budget)) {
      for (int i = 0; i < 1000; i++) {
        source.plan(i * 1000L, 100);
      }
      for (int i = 0; i < 1000; i++) {
        assertRead(source, i * 1000L, 100);
      }

      assertThat(metrics.fetches.get()).isEqualTo(1);
      assertThat(budget.reservedBytes()).isEqualTo(999 * 1000 + 100);
    }
    assertThat(budget.reservedBytes()).isZero();
  }

  @Test
  void whatIsFarApartIsReadApart() {
    try (ByteSource source = object(budget)) {
      for (int i = 0; i < 10; i++) {
        source.plan(i * 1_000_000L, 100);
      }
      for (int i = 0; i < 10; i++) {
        assertRead(source, i * 1_000_000L, 100);
      }

      assertThat(metrics.fetches.get()).isEqualTo(10);
      assertThat(budget.reservedBytes()).isEqualTo(1000);
    }
  }

  @Test
  void estimatesThatAreTooShortCostAnotherReadAndNothingElse() {
    try (ByteSource source = object(budget)) {
      source.plan(1000, 100);

      assertRead(source, 1000, 5000);
      assertRead(source, LENGTH - 10, 10);
    }
    assertThat(budget.reservedBytes()).isZero();
  }

  @Test
  void largeScansHoldLittleAndReadAllOfIt() {
    try (ByteSource source = object(budget)) {
      for (int offset = 0; offset < LENGTH; offset += 10_000) {
        source.plan(offset, 10_000);
      }
      for (int offset = 0; offset + 10_000 <= LENGTH; offset += 10_000) {
        assertRead(source, offset, 10_000);
        assertThat(budget.reservedBytes()).isLessThanOrEqualTo(20 << 20);
      }

      assertThat(metrics.fetchedBytes.get()).isLessThan(2.0 * LENGTH);
    }
    assertThat(budget.reservedBytes()).isZero();
  }

  @Test
  void readThatDoesNotFitIntoTheBudgetIsRefused() {
    MemoryBudget little = MemoryBudget.root("budget", 1000);
    try (ByteSource source = object(little)) {
      assertThatThrownBy(() -> source.window(0, 100)).isInstanceOf(LimitExceededException.class);
      assertThat(little.reservedBytes()).isZero();
    }
  }

  @Test
  void objectThatIsGoneFailsTheQuery() {
    try (ByteSource source = object(budget)) {
      store.delete("tenant/object");

      assertThatThrownBy(() -> source.window(0, 100))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("tenant/object cannot be read from the store");
    }
    assertThat(budget.reservedBytes()).isZero();
  }
}
