package io.pallium.tsdb;

import static io.pallium.tsdb.TsdbFixture.NOW_MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.model.Labels;
import io.pallium.model.TenantId;
import io.pallium.tsdb.TsdbFixture.Sample;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Many tenants in one process: each is its own, and one that does little costs little.
@Timeout(120)
class TsdbTenantsTest {
  private static final int TENANTS = 10_000;
  private static final int IDLE_TENANT_BYTES = 50_000;
  private static final Labels A = Labels.of("__name__", "up", "instance", "a", "job", "node");

  @TempDir Path directory;

  private static TenantId tenant(int number) {
    return new TenantId("tenant-" + number);
  }

  @Test
  void tenThousandTenantsCostLittleAndAreFoundAgain() {
    try (TsdbFixture db = new TsdbFixture(directory)) {
      long before = usedBytes();
      for (int i = 0; i < TENANTS; i++) {
        db.write(tenant(i), Sample.of(A, NOW_MS, i));
      }

      assertThat((usedBytes() - before) / TENANTS).isLessThan(IDLE_TENANT_BYTES);

      db.restart();
      assertThat(db.tsdb.tenants()).hasSize(TENANTS);
      for (int i = 0; i < TENANTS; i += 97) {
        assertThat(db.readAll(tenant(i)).get(A))
            .isEqualTo(Map.of(NOW_MS, Double.doubleToRawLongBits(i)));
      }
    }
  }

  private static long usedBytes() {
    Runtime runtime = Runtime.getRuntime();
    System.gc();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
