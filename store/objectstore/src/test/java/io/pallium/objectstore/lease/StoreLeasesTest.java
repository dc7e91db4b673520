package io.pallium.objectstore.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.clock.ManualTimeSource;
import io.pallium.objectstore.MemoryStore;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.StoreException;
import io.pallium.objectstore.lease.Leases.Lease;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class StoreLeasesTest {
  private static final Duration DURATION = Duration.ofSeconds(30);

  private final MemoryStore store = new MemoryStore();

  /// Two machines, whose clocks have nothing to do with each other.
  private final ManualTimeSource timeA = new ManualTimeSource(1_000_000);

  private final ManualTimeSource timeB = new ManualTimeSource(5);
  private final Leases leasesA = new StoreLeases(store, DURATION, timeA);
  private final Leases leasesB = new StoreLeases(store, DURATION, timeB);

  @Test
  void oneHoldsALease() {
    Lease lease = leasesA.tryAcquire("leases/compact").orElseThrow();

    assertThat(lease.token()).isOne();
    assertThat(leasesB.tryAcquire("leases/compact")).isEmpty();
    assertThat(leasesA.tryAcquire("leases/compact")).isEmpty();
    assertThat(leasesB.tryAcquire("leases/other")).isPresent();
  }

  @Test
  void leaseThatIsNotRenewedGoesToAnother() {
    Lease first = leasesA.tryAcquire("lease").orElseThrow();
    assertThat(leasesB.tryAcquire("lease")).isEmpty();

    pass(DURATION);
    Lease second = leasesB.tryAcquire("lease").orElseThrow();

    assertThat(second.token()).isEqualTo(2);
    assertThat(first.renew()).isFalse();
    assertThat(second.renew()).isTrue();
  }

  @Test
  void renewedLeaseStays() {
    Lease lease = leasesA.tryAcquire("lease").orElseThrow();

    for (int i = 0; i < 10; i++) {
      assertThat(leasesB.tryAcquire("lease")).isEmpty();
      pass(DURATION.dividedBy(2));
      assertThat(lease.renew()).isTrue();
    }
  }

  @Test
  void newProcessWaitsForTheWholeDuration() {
    Lease unused = leasesA.tryAcquire("lease").orElseThrow();
    pass(DURATION.multipliedBy(10));

    assertThat(leasesB.tryAcquire("lease")).isEmpty();
    timeB.advance(DURATION);
    assertThat(leasesB.tryAcquire("lease")).isPresent();
  }

  @Test
  void holderThatWasPausedHasLostItEvenIfNobodyTookIt() {
    Lease lease = leasesA.tryAcquire("lease").orElseThrow();

    pass(DURATION);

    assertThat(lease.renew()).isFalse();
    assertThat(lease.renew()).isFalse();
  }

  @Test
  void releasedLeaseGoesToAnotherAtOnceWithAHigherToken() {
    Lease first = leasesA.tryAcquire("lease").orElseThrow();

    first.release();

    assertThat(leasesB.tryAcquire("lease").orElseThrow().token()).isEqualTo(2);
    assertThat(first.renew()).isFalse();
  }

  @Test
  void objectThatIsNoLeaseIsRefused() {
    store.put("lease", ObjectContent.of("v1 x y z".getBytes(StandardCharsets.US_ASCII)));

    assertThatThrownBy(() -> leasesA.tryAcquire("lease"))
        .isInstanceOf(StoreException.class)
        .hasMessage("object \"lease\" is no lease: \"v1 x y z\"");
  }

  private void pass(Duration duration) {
    timeA.advance(duration);
    timeB.advance(duration);
  }
}
