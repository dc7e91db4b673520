package io.pallium.base.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.base.config.SampleConfig.LimitsConfig;
import io.pallium.base.config.SampleConfig.ReadLimits;
import io.pallium.base.config.SampleConfig.WriteLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TenantOverridesTest {
  private static final LimitsConfig DEFAULTS =
      new LimitsConfig(
          new WriteLimits(100, 1000, List.of("pod")), new ReadLimits(Duration.ofDays(7)));

  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void nameFile() {
    file = directory.resolve("overrides.yaml");
  }

  private void write(String yaml) throws IOException {
    Files.writeString(file, yaml);
  }

  private TenantOverrides open(String yaml) throws IOException {
    write(yaml);
    return TenantOverrides.open(file, DEFAULTS, TenantOverridesTest::checkTenant);
  }

  private static void checkTenant(String tenant) {
    if (tenant.contains("/")) {
      throw new IllegalArgumentException("tenant id must not have /");
    }
  }

  @Test
  void tenantHasDefaultsWithItsOwnKeysOfAllLimits() throws Exception {
    TenantOverrides overrides =
        open(
            """
            overrides:
              a: {ingestion_rate: 5, max_query_length: 1d}
              b:
            """);
    Overrides<WriteLimits> write = overrides.of(WriteLimits.class);
    Overrides<ReadLimits> read = overrides.of(ReadLimits.class);

    assertThat(write.forTenant("a")).isEqualTo(new WriteLimits(5, 1000, List.of("pod")));
    assertThat(read.forTenant("a")).isEqualTo(new ReadLimits(Duration.ofDays(1)));
    assertThat(write.forTenant("b")).isEqualTo(DEFAULTS.write());
    assertThat(write.forTenant("unknown")).isEqualTo(DEFAULTS.write());
    assertThat(overrides.tenants()).containsExactly("a", "b");
    assertThat(overrides.lastReloadError()).isEmpty();
  }

  @Test
  void reloadPublishesAllLimitsAndCountsVersions() throws Exception {
    TenantOverrides overrides = open("overrides: {a: {max_series: 1}, b: {max_series: 2}}");
    Overrides<WriteLimits> write = overrides.of(WriteLimits.class);
    assertThat(overrides.reload()).isFalse();
    assertThat(overrides.version()).isEqualTo(1);

    write("overrides: {a: {max_series: 1}, b: {max_series: 3}}");

    assertThat(overrides.reload()).isTrue();
    assertThat(write.forTenant("b").maxSeries()).isEqualTo(3);
    assertThat(write.version()).isEqualTo(2);
    assertThat(write.version("a")).isEqualTo(1);
    assertThat(write.version("b")).isEqualTo(2);
    assertThat(write.version("unknown")).isEqualTo(1);
  }

  @Test
  void tenantThatLeavesTheFileGetsTheDefaultsAndANewVersion() throws Exception {
    TenantOverrides overrides = open("overrides: {a: {max_series: 1}}");
    Overrides<WriteLimits> write = overrides.of(WriteLimits.class);

    write("overrides:\n");
    assertThat(overrides.reload()).isTrue();
    write("# nothing\n");
    assertThat(overrides.reload()).isFalse();

    assertThat(write.forTenant("a")).isEqualTo(DEFAULTS.write());
    assertThat(write.version("a")).isEqualTo(2);
    assertThat(overrides.tenants()).isEmpty();
  }

  @Test
  void fileWithOtherTextAndTheSameLimitsKeepsTheVersion() throws Exception {
    TenantOverrides overrides = open("overrides: {a: {max_series: 1}}");

    write("overrides: {a: {max_series: 1}, b: {max_series: 1000}} # the default");

    assertThat(overrides.reload()).isFalse();
    assertThat(overrides.version()).isEqualTo(1);
    assertThat(overrides.tenants()).containsExactly("a", "b");
  }

  @Test
  void badFileKeepsTheOldLimitsAndSaysWhy() throws Exception {
    TenantOverrides overrides = open("overrides: {a: {max_series: 1}}");

    write(
        """
        overrides:
          a: {max_series: 2}
          b: {max_serie: 2}
          c/d: {max_series: -1}
        limits: {}
        """);

    assertThat(overrides.reload()).isFalse();
    assertThat(overrides.of(WriteLimits.class).forTenant("a").maxSeries()).isEqualTo(1);
    assertThat(overrides.isLastReloadSuccessful()).isFalse();
    assertThat(overrides.lastReloadError().orElseThrow().replace(file.toString(), "FILE"))
        .isEqualTo(
            """
            the configuration has 4 problems:
              FILE:3:7: overrides.b.max_serie: unknown key, did you mean max_series?
              FILE:4:3: overrides."c/d": tenant id must not have /
              FILE:4:21: overrides."c/d".max_series: max_series must not be negative, was -1
              FILE:5:1: limits: unknown key, known are overrides""");
  }

  @Test
  void goodFileAfterABadOneClearsTheError() throws Exception {
    TenantOverrides overrides = open("overrides: {a: {max_series: 1}}");
    write("overrides: [");
    overrides.reload();
    assertThat(overrides.reload()).isFalse();
    assertThat(overrides.isLastReloadSuccessful()).isFalse();

    write("overrides: {a: {max_series: 1}}");

    assertThat(overrides.reload()).isFalse();
    assertThat(overrides.isLastReloadSuccessful()).isTrue();
  }

  @Test
  void fileThatVanishesKeepsTheOldLimitsUntilItIsBack() throws Exception {
    TenantOverrides overrides = open("overrides: {a: {max_series: 1}}");
    Files.delete(file);

    assertThat(overrides.reload()).isFalse();

    assertThat(overrides.lastReloadError().orElseThrow())
        .isEqualTo("the configuration has 1 problem:\n  " + file + ": no such file");
    assertThat(overrides.of(WriteLimits.class).forTenant("a").maxSeries()).isEqualTo(1);
    write("overrides: {a: {max_series: 1}}");
    overrides.reload();
    assertThat(overrides.isLastReloadSuccessful()).isTrue();
  }

  @Test
  void badFileIsRefusedAtTheStart() {
    assertThatThrownBy(() -> open("override: {}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("overrides.yaml:1:1: override: unknown key, did you mean overrides?");
  }

  @Test
  void limitsThatAreNotRegisteredAreRefused() {
    TenantOverrides overrides = TenantOverrides.none(DEFAULTS);

    assertThat(overrides.of(LimitsConfig.class).forTenant("a")).isEqualTo(DEFAULTS);
    assertThat(overrides.reload()).isFalse();
    assertThatThrownBy(() -> overrides.of(SampleConfig.Peer.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("SampleConfig$Peer is not in");
  }

  @Test
  void readersSeeWholeSnapshotsWhileTheFileIsReloaded() throws Exception {
    TenantOverrides overrides = open("overrides: {a: {max_series: 0, ingestion_rate: 0}}");
    Overrides<LimitsConfig> limits = overrides.of(LimitsConfig.class);
    AtomicBoolean isDone = new AtomicBoolean();
    CompletableFuture<Long> reader =
        CompletableFuture.supplyAsync(
            () -> {
              long lastVersion = 0;
              while (!isDone.get()) {
                long version = limits.version("a");
                WriteLimits write = limits.forTenant("a").write();
                assertThat((double) write.maxSeries()).isEqualTo(write.ingestionRate());
                // Read before the limits, the version can be older than they are, never newer.
                assertThat(write.maxSeries()).isGreaterThanOrEqualTo(version - 1);
                assertThat(version).isGreaterThanOrEqualTo(lastVersion);
                lastVersion = version;
              }
              return lastVersion;
            });

    for (int i = 1; i <= 200; i++) {
      write("overrides: {a: {max_series: %d, ingestion_rate: %d}}".formatted(i, i));
      assertThat(overrides.reload()).isTrue();
    }
    isDone.set(true);

    assertThat(reader.get(30, TimeUnit.SECONDS)).isBetween(0L, 201L);
    assertThat(limits.version("a")).isEqualTo(201);
  }
}
