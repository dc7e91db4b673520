package io.pallium.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.base.config.Overrides;
import io.pallium.base.config.TenantOverrides;
import io.pallium.model.TenantId;
import io.pallium.server.config.LimitsConfig;
import io.pallium.server.config.PalliumConfig;
import io.pallium.service.distributor.DistributorLimits;
import io.pallium.tsdb.head.HeadLimits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The configuration of the whole process, and what the documentation says about it.
class ConfigurationTest {
  @TempDir Path directory;

  @Test
  void documentedKeysAreUpToDate() throws IOException {
    assertThat(Files.readString(docs().resolve("configuration.md")))
        .as("docs/configuration.md is stale: ./pallium config docs > docs/configuration.md")
        .isEqualTo(Main.documentation());
  }

  @Test
  void documentedLimitsOfCortexAreUnderstood() throws IOException {
    Path file = Files.writeString(directory.resolve("cortex.yaml"), yamlOfLimitsPage(0));

    PalliumConfig config = Main.bind(List.of("--config.file=" + file));

    assertThat(config.auth().enabled()).isTrue();
    DistributorLimits limits = config.limits().distributor();
    assertThat(limits.ingestionRate()).isEqualTo(25_000);
    assertThat(limits.ingestionBurstSize()).isEqualTo(50_000);
    assertThat(limits.maxLabelNamesPerSeries()).isEqualTo(30);
    assertThat(limits.rejectOldSamplesMaxAge()).hasDays(14);
    assertThat(config.limits().head())
        .isEqualTo(new HeadLimits(5_000_000, 50_000, Duration.ofMinutes(10), Duration.ZERO, 0, 0));
  }

  @Test
  void documentedOverridesAreUnderstood() throws IOException {
    Path file = Files.writeString(directory.resolve("overrides.yaml"), yamlOfLimitsPage(1));

    TenantOverrides overrides = TenantOverrides.open(file, LimitsConfig.defaults(), TenantId::new);

    Overrides<DistributorLimits> limits = overrides.of(DistributorLimits.class);
    assertThat(limits.forTenant("team-a").ingestionRate()).isEqualTo(100_000);
    assertThat(limits.forTenant("team-b").maxLabelNamesPerSeries()).isEqualTo(40);
    assertThat(limits.forTenant("team-c")).isEqualTo(DistributorLimits.defaults());
    assertThat(overrides.of(HeadLimits.class).forTenant("team-b").maxSeriesPerTenant())
        .isEqualTo(20_000);
  }

  @Test
  void unknownKeysAreRefusedWithTheNearest() {
    Result result = run("config", "check", "--server.http-listen-adress=127.0.0.1:1");

    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains("server.http-listen-address");
  }

  @Test
  void printedConfigurationIsReadBackTheSame() throws IOException {
    Result printed = run("config", "print", "--auth.enabled=true", "--limits.ingestion-rate=7");
    Path file = Files.writeString(directory.resolve("printed.yaml"), printed.out());

    assertThat(run("config", "print", "--config.file=" + file).out()).isEqualTo(printed.out());
    assertThat(run("config", "check", "--config.file=" + file).exit()).isZero();
  }

  @Test
  void helpFitsTwoScreens() {
    Result help = run("--help");

    assertThat(help.exit()).isZero();
    assertThat(help.out().lines()).hasSizeLessThanOrEqualTo(48);
    assertThat(help.out().lines()).allMatch(line -> line.length() <= 100);
  }

  @Test
  void aRequestThatCouldNeverPassIsRefusedAtTheStart() {
    for (String key : List.of("max-compressed-body-size", "max-inflated-body-size")) {
      Result result = run("config", "check", "--distributor." + key + "=200MiB");

      assertThat(result.exit()).isEqualTo(2);
      assertThat(result.err())
          .contains("max_inflight_size")
          .contains(key.replace('-', '_'))
          .contains("200MiB")
          .contains("128MiB");
    }
  }

  @Test
  void aBodyThatIsTooLargeForWhatComesAfterIsRefusedAtTheStart() {
    Result forTheLog = run("config", "check", "--log.buffer-bytes=1000000");
    Result forAMessage =
        run(
            "config",
            "check",
            "--target=distributor",
            "--distributor.max-inflated-body-size=65MiB");

    assertThat(forTheLog.exit()).isEqualTo(2);
    assertThat(forTheLog.err())
        .contains("log.buffer_bytes must be at least distributor.max_inflated_body_size")
        .contains("64MiB")
        .contains("1000000");
    assertThat(forAMessage.exit()).isEqualTo(2);
    assertThat(forAMessage.err())
        .contains("distributor.max_inflated_body_size must be at most one message")
        .contains("64MiB")
        .contains("65MiB");
  }

  @Test
  void valuesThatMakeNoSenseAreRefused() {
    for (String flag :
        List.of(
            "--limits.max-series-per-tenant=-1",
            "--limits.max-series-per-metric=-1",
            "--server.shutdown-timeout=-1s",
            "--server.idle-timeout=0s",
            "--querier.max-query-memory=0")) {
      Result result = run("config", "check", flag);

      assertThat(result.exit()).as(flag).isEqualTo(2);
      assertThat(result.err())
          .contains(flag.substring(flag.indexOf('.') + 1, flag.indexOf('=')).replace('-', '_'));
    }
  }

  @Test
  void helpAndVersionAreNoKeys() {
    for (List<String> arguments : List.of(List.of("run", "--help"), List.of("-h"))) {
      Result help = run(arguments.toArray(String[]::new));

      assertThat(help.exit()).isZero();
      assertThat(help.out()).contains("pallium config print");
    }
    assertThat(run("--version").out()).isEqualTo(run("version").out()).startsWith("pallium ");
  }

  @Test
  void aKeyThatIsTwiceInTheFileIsRefused() throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("twice.yaml"),
            "server:\n  max_connections: 5\n  idle_timeout: 1m\n  max_connections: 6\n");

    Result result = run("config", "check", "--config.file=" + file);

    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err())
        .contains(
            "twice.yaml:4:3: server.max_connections: the key is there twice, first in line 2");
  }

  @Test
  void aFlagThatIsGivenTwiceWithDifferentValuesIsRefused() {
    Result result =
        run("config", "check", "--server.max-connections=5", "--server.max-connections=6");

    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err()).contains("server.max_connections: given twice");
    assertThat(run("config", "check", "--auth.enabled=true", "--auth.enabled=true").exit())
        .isZero();
  }

  @Test
  void aFlagWinsOverAVariableAndThatOverTheFile() throws Exception {
    Path file =
        Files.writeString(
            directory.resolve("pallium.yaml"),
            "server:\n  max_connections: 1\n  max_waiting_pushes: 1\n  push_threads: 1\n");
    ProcessBuilder command =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "config",
            "print",
            "--server.max-connections=3");
    command.environment().put("PALLIUM_CONFIG_FILE", file.toString());
    command.environment().put("PALLIUM_SERVER_MAX_CONNECTIONS", "2");
    command.environment().put("PALLIUM_SERVER_MAX_WAITING_PUSHES", "2");
    Process process = command.redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).as(out).isZero();
    assertThat(out)
        .contains("max_connections: 3")
        .contains("max_waiting_pushes: 2")
        .contains("push_threads: 1");
  }

  @Test
  void aBadOverridesFileRefusesTheStart() throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("overrides.yaml"),
            "overrides:\n  team-a:\n    max_label_names_per_serie: 3\n");

    Result result =
        run(
            "run",
            "--server.http-listen-address=127.0.0.1:0",
            "--storage.directory=" + directory.resolve("data"),
            "--overrides.file=" + file);

    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err())
        .contains("overrides.yaml:3")
        .contains("max_label_names_per_serie")
        .contains("did you mean");
    assertThat(directory.resolve("data")).doesNotExist();
  }

  @Test
  void trainingRunEndsByItself() {
    assertThat(run("--exit-after-training").exit()).isZero();
  }

  private record Result(int exit, String out, String err) {}

  private static Result run(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exit =
        Main.run(
            List.of(args),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    return new Result(
        exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /// The n-th YAML block of `docs/limits.md`.
  private static String yamlOfLimitsPage(int index) throws IOException {
    String[] parts = Files.readString(docs().resolve("limits.md")).split("```yaml\n", -1);
    return parts[index + 1].substring(0, parts[index + 1].indexOf("```"));
  }

  private static Path docs() {
    Path start = Path.of("").toAbsolutePath();
    for (Path folder = start; folder != null; folder = folder.getParent()) {
      if (Files.isDirectory(folder.resolve("docs/decisions"))) {
        return folder.resolve("docs");
      }
    }
    throw new AssertionError("no docs above " + start);
  }
}
