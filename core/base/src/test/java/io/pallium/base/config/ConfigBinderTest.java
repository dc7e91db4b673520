package io.pallium.base.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfigBinderTest {
  private static final String FULL =
      """
      target: store-gateway
      server:
        http_listen_address: "[::1]:80"
        request_timeout: 1h30m
        log_requests: true
        max_concurrent: 7
        external_url: https://metrics.example.org/prometheus
      storage:
        directory: /var/lib/pallium
        max_file_size: 512MiB
        password: yes
        node_labels: {rack: 012, on: off}
        dropped: [a, "b,c"]
        peers:
          - {address: "one:1", zone: x}
          - address: two:2
            zone: y
        caches:
          index: {size: 1GB}
          chunks:
      limits:
        ingestion_rate: 1e+06
        max_series: 150_000
        max_query_length: 2d
      """;

  @Test
  void everyTypeIsReadFromYaml() {
    SampleConfig config = SampleConfig.bind(FULL);

    assertThat(config)
        .isEqualTo(
            new SampleConfig(
                SampleConfig.Target.STORE_GATEWAY,
                new SampleConfig.Server(
                    new HostAndPort("::1", 80),
                    Duration.ofMinutes(90),
                    true,
                    7,
                    URI.create("https://metrics.example.org/prometheus")),
                new SampleConfig.Storage(
                    Path.of("/var/lib/pallium"),
                    DataSize.ofMebibytes(512),
                    "yes",
                    Map.of("rack", "012", "on", "off"),
                    List.of("a", "b,c"),
                    List.of(
                        new SampleConfig.Peer(new HostAndPort("one", 1), "x"),
                        new SampleConfig.Peer(new HostAndPort("two", 2), "y")),
                    Map.of(
                        "index",
                        new SampleConfig.Cache(
                            DataSize.ofBytes(1_000_000_000), Duration.ofMinutes(5)),
                        "chunks",
                        SampleConfig.Cache.defaults())),
                new SampleConfig.LimitsConfig(
                    new SampleConfig.WriteLimits(1e6, 150_000, List.of()),
                    new SampleConfig.ReadLimits(Duration.ofDays(2)))));
  }

  @Test
  void everyTypeIsReadFromFlags() {
    SampleConfig config =
        SampleConfig.bind(
            "",
            "--target=store_gateway",
            "--server.http-listen-address=[::1]:80",
            "--server.request-timeout=90m",
            "--server.log-requests",
            "--server.max-concurrent=7",
            "--server.external-url=https://metrics.example.org/prometheus",
            "--storage.directory=/var/lib/pallium",
            "--storage.max-file-size=512MiB",
            "--storage.password=yes",
            "--storage.node-labels=rack=012,on=off",
            "--storage.dropped=[a, 'b,c']",
            "--storage.peers=[{address: 'one:1', zone: x}, {address: 'two:2', zone: y}]",
            "--storage.caches={index: {size: 1GB}, chunks: {}}",
            "--limits.ingestion-rate=1000000",
            "--limits.max-series=150000",
            "--limits.max-query-length=48h");

    assertThat(config).isEqualTo(SampleConfig.bind(FULL));
  }

  @Test
  void nothingSetGivesTheDefaults() {
    assertThat(SampleConfig.bind("")).isEqualTo(SampleConfig.defaults());
    assertThat(SampleConfig.bind("# nothing\nserver:\nstorage: {}\n"))
        .isEqualTo(SampleConfig.defaults());
    assertThat(ConfigBinder.bind(SampleConfig.class, SampleConfig.defaults(), ConfigSources.none()))
        .isEqualTo(SampleConfig.defaults());
  }

  @Test
  void flagWinsOverEnvironmentOverFileOverDefault() {
    String yaml = "server: {max_concurrent: 1, request_timeout: 1s, log_requests: true}";
    var environment =
        Map.of(
            "PALLIUM_SERVER_MAX_CONCURRENT", "2",
            "PALLIUM_SERVER_REQUEST_TIMEOUT", "2s",
            "PALLIUM_JAVA_HOME", "/jdk",
            "PATH", "/bin");

    SampleConfig config =
        ConfigBinder.bind(
            SampleConfig.class,
            SampleConfig.defaults(),
            ConfigSources.none()
                .withYaml("pallium.yaml", yaml)
                .withEnvironment(environment, Set.of("PALLIUM_JAVA_HOME"))
                .withArguments(List.of("--server.max-concurrent=3")));

    assertThat(config.server().maxConcurrent()).isEqualTo(3);
    assertThat(config.server().requestTimeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(config.server().logRequests()).isTrue();
    assertThat(config.server().httpListenAddress()).isEqualTo(new HostAndPort("127.0.0.1", 9009));
  }

  @Test
  void variablesThatKubernetesMakesForServicesAreNotConfiguration() {
    var environment =
        Map.of(
            "PALLIUM_SERVICE_HOST", "10.0.0.1",
            "PALLIUM_QUERIER_SERVICE_PORT", "9009",
            "PALLIUM_QUERIER_SERVICE_PORT_HTTP", "9009",
            "PALLIUM_PORT", "tcp://10.0.0.1:9009",
            "PALLIUM_PORT_9009_TCP", "tcp://10.0.0.1:9009",
            "PALLIUM_PORT_9009_TCP_ADDR", "10.0.0.1");

    SampleConfig config =
        ConfigBinder.bind(
            SampleConfig.class,
            SampleConfig.defaults(),
            ConfigSources.none().withEnvironment(environment, Set.of()));

    assertThat(config).isEqualTo(SampleConfig.defaults());
  }

  @Test
  void sameFlagTwiceWithOneValueIsAccepted() {
    SampleConfig config =
        SampleConfig.bind("", "--server.max-concurrent=3", "--server.max-concurrent=3");

    assertThat(config.server().maxConcurrent()).isEqualTo(3);
  }

  @Test
  void fileIsReadFromDisk(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("pallium.yaml");
    Files.writeString(file, "storage: {node_labels: {name: müller}}");

    SampleConfig config =
        ConfigBinder.bind(
            SampleConfig.class, SampleConfig.defaults(), ConfigSources.none().withFile(file));

    assertThat(config.storage().nodeLabels()).containsEntry("name", "müller");
  }

  @Test
  void aliasesAndMergeKeysAreResolved() {
    SampleConfig config =
        SampleConfig.bind(
            """
            storage:
              caches:
                a: &small {size: 1KiB, ttl: 1m}
                b: *small
                c: {<<: *small, ttl: 2m}
                d: {size: 5B, <<: [*small]}
            """);

    assertThat(config.storage().caches())
        .isEqualTo(
            Map.of(
                "a", new SampleConfig.Cache(DataSize.ofKibibytes(1), Duration.ofMinutes(1)),
                "b", new SampleConfig.Cache(DataSize.ofKibibytes(1), Duration.ofMinutes(1)),
                "c", new SampleConfig.Cache(DataSize.ofKibibytes(1), Duration.ofMinutes(2)),
                "d", new SampleConfig.Cache(DataSize.ofBytes(5), Duration.ofMinutes(1))));
  }

  record Twins(OneTwin aB, OtherTwin a) {}

  record OneTwin(int c) {}

  record OtherTwin(int bC) {}

  @Test
  void twoKeysWithOneEnvironmentVariableAreRefused() {
    Twins twins = new Twins(new OneTwin(1), new OtherTwin(2));

    assertThatThrownBy(() -> ConfigSchema.of(twins))
        .hasMessage(
            "two configuration keys have one environment variable PALLIUM_A_B_C: a_b.c and a.b_c");
  }

  record Overlapping(@Inline OneTwin one, int c) {}

  @Test
  void inlinedKeyThatIsThereAlreadyIsRefused() {
    assertThatThrownBy(() -> ConfigSchema.of(new Overlapping(new OneTwin(1), 2)))
        .hasMessage("two configuration keys have one name: c of OneTwin and Overlapping");
  }

  record Unsupported(StringBuilder builder) {}

  record Recursive(List<Recursive> children) {}

  @Test
  void typesThatCannotBeConfiguredAreRefused() {
    assertThatThrownBy(() -> ConfigSchema.of(new Unsupported(new StringBuilder())))
        .hasMessage(
            "component builder of "
                + Unsupported.class.getName()
                + " has type java.lang.StringBuilder, which cannot be configured");
    assertThatThrownBy(() -> ConfigSchema.of(new Recursive(List.of())))
        .hasMessage("configuration record " + Recursive.class.getName() + " has itself");
  }
}
