package io.pallium.base.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The exact texts of what a user reads when a configuration is refused.
final class ConfigProblemTest {

  private static String problems(ConfigSources sources) {
    ConfigException e =
        catchThrowableOfType(
            ConfigException.class,
            () -> ConfigBinder.bind(SampleConfig.class, SampleConfig.defaults(), sources));
    return e.problems().stream().map(ConfigProblem::toString).collect(Collectors.joining("\n"));
  }

  private static String ofYaml(String yaml) {
    return problems(ConfigSources.none().withYaml("pallium.yaml", yaml));
  }

  private static String ofFlags(String... flags) {
    return problems(ConfigSources.none().withArguments(List.of(flags)));
  }

  @Test
  void allProblemsAreReportedAtOnceWithPlaceAndPath() {
    String yaml =
        """
        server:
          http_listen_adress: 127.0.0.1:9009
          request_timeout: 15
          max_concurrent: 0
        storge:
          directory: x
        storage:
          max_file_size: 64M
          caches: {index: {ttl: -1s}}
        """;

    ConfigException e =
        catchThrowableOfType(
            ConfigException.class, () -> SampleConfig.bind(yaml, "--server.max-concurent=3"));

    assertThat(e)
        .hasMessage(
            """
            the configuration has 6 problems:
              pallium.yaml:5:1: storge: unknown key, did you mean storage?
              pallium.yaml:2:3: server.http_listen_adress: unknown key, did you mean \
            http_listen_address?
              pallium.yaml:3:20: server.request_timeout: "15" has no unit, write 15s for seconds \
            or 15ms for milliseconds
              pallium.yaml:8:18: storage.max_file_size: "64M" does not say which unit, write MiB \
            (powers of 1024) or MB (powers of 1000)
              pallium.yaml:9:25: storage.caches.index.ttl: ttl must not be negative, was PT-1S
              flag --server.max-concurent: unknown flag, did you mean --server.max-concurrent?""");
  }

  @Test
  void unknownKeysNameTheNearestOrTheKnown() {
    assertThat(ofYaml("limits: {maxSeries: 1}"))
        .isEqualTo("pallium.yaml:1:10: limits.maxSeries: unknown key, did you mean max_series?");
    assertThat(ofYaml("request_timeout: 1s"))
        .isEqualTo(
            "pallium.yaml:1:1: request_timeout: unknown key, did you mean server.request_timeout?");
    assertThat(ofYaml("storage: {peers: [{address: a:1, zone: z, colour: red}]}"))
        .isEqualTo(
            "pallium.yaml:1:43: storage.peers[0].colour: unknown key, known are address, zone");
    assertThat(ofYaml("\"a\\nb\": 1"))
        .isEqualTo(
            "pallium.yaml:1:1: \"a\\u000ab\": unknown key, known are target, server, storage,"
                + " limits");
  }

  @Test
  void keysThatStandTwiceAreRefused() {
    assertThat(ofYaml("server:\n  max_concurrent: 1\n  max_concurrent: 1\n"))
        .isEqualTo(
            "pallium.yaml:3:3: server.max_concurrent: the key is there twice, first in line 2");
    assertThat(ofFlags("--server.max-concurrent=1", "--server.max-concurrent=2"))
        .isEqualTo(
            "flag --server.max-concurrent: server.max_concurrent: given twice with different"
                + " values");
    assertThat(ofFlags("--storage.node-labels=a=1,a=1"))
        .isEqualTo("flag --storage.node-labels: storage.node_labels.a: the key is there twice");
  }

  @Test
  void valuesOfTheWrongTypeSayWhatIsWanted() {
    assertThat(
            ofYaml(
                """
                target: reader
                server:
                  http_listen_address: ":9009"
                  log_requests: yes
                  max_concurrent: many
                  external_url: "a b"
                storage:
                  directory: [x]
                  node_labels: [x]
                  peers: {address: "a:1"}
                  max_file_size:
                limits:
                  ingestion_rate: 0x10
                  max_series: 1.5
                """))
        .isEqualTo(
            """
            pallium.yaml:1:9: target: "reader" is not one of all, store-gateway
            pallium.yaml:3:24: server.http_listen_address: ":9009" has no host, write 0.0.0.0:9009 \
            for all interfaces
            pallium.yaml:4:17: server.log_requests: "yes" is not a boolean, write true or false
            pallium.yaml:5:19: server.max_concurrent: "many" is not an integer, write it in decimal \
            digits
            pallium.yaml:6:17: server.external_url: "a b" is not a URL: Illegal character in path
            pallium.yaml:8:14: storage.directory: must be a path, is a list
            pallium.yaml:11:17: storage.max_file_size: has no value, give one or remove the key
            pallium.yaml:9:16: storage.node_labels: must be a mapping of keys to values, is a list
            pallium.yaml:10:10: storage.peers: must be a list, is a mapping
            pallium.yaml:13:19: limits.ingestion_rate: "0x10" is not a number, write it like 10, \
            0.5 or 1e6
            pallium.yaml:14:15: limits.max_series: "1.5" is not a whole number""");
  }

  @Test
  void aValueThatARecordRefusesIsShownWhereItWasSet() {
    assertThat(ofFlags("--server.max-concurrent=0"))
        .isEqualTo(
            "flag --server.max-concurrent: server.max_concurrent: max_concurrent must be"
                + " positive, was 0");
    assertThat(
            problems(
                ConfigSources.none()
                    .withEnvironment(Map.of("PALLIUM_LIMITS_MAX_SERIES", "-1"), Set.of())))
        .isEqualTo(
            "environment PALLIUM_LIMITS_MAX_SERIES: limits.max_series: max_series must not be"
                + " negative, was -1");
  }

  @Test
  void entriesWithoutDefaultsMustBeWhole() {
    assertThat(ofYaml("storage:\n  peers:\n    - zone: x\n"))
        .isEqualTo("pallium.yaml:3:7: storage.peers[0].address: missing, it has no default");
  }

  @Test
  void flagsOfAnyOtherFormAreExplained() {
    assertThat(ofFlags("--server.max-concurrent", "-target=all", "run", "--server", "--zzzzzz=1"))
        .isEqualTo(
            """
            flag --server.max-concurrent: server.max_concurrent: has no value, write \
            --server.max-concurrent=...
            flag -target: unknown flag, did you mean --target?
            argument run: not a flag, write --name=value
            flag --server: a section, not a key; its flags begin with --server.
            flag --zzzzzz: unknown flag""");
  }

  @Test
  void unknownVariablesWithThePrefixAreRefused() {
    assertThat(
            problems(
                ConfigSources.none()
                    .withEnvironment(
                        Map.of("PALLIUM_SERVER_LOG_REQUEST", "true", "HOME", "/"), Set.of())))
        .isEqualTo(
            "environment PALLIUM_SERVER_LOG_REQUEST: unknown variable, did you mean"
                + " PALLIUM_SERVER_LOG_REQUESTS?");
  }

  @Test
  void brokenYamlNamesThePlace(@TempDir Path directory) throws Exception {
    assertThat(ofYaml("server: [\n")).startsWith("pallium.yaml:2:1: not YAML: ");
    assertThat(ofYaml("a: b: c"))
        .isEqualTo("pallium.yaml:1:5: not YAML: mapping values are not allowed here");
    assertThat(ofYaml("- a"))
        .isEqualTo("pallium.yaml:1:1: must be a mapping of keys to values, is a list");
    assertThat(ofYaml("storage: {dropped: " + "[".repeat(40) + "]".repeat(40) + "}"))
        .startsWith("pallium.yaml: not YAML: Nesting Depth exceeded");
    assertThat(ofYaml("target: !mine all"))
        .isEqualTo("pallium.yaml:1:9: target: must not have a tag");

    Path file = directory.resolve("latin.yaml");
    Files.write(file, new byte[] {'a', (byte) 0xe4});
    assertThat(problems(ConfigSources.none().withFile(file))).isEqualTo(file + ": not UTF-8");
    Path absent = directory.resolve("absent.yaml");
    assertThat(problems(ConfigSources.none().withFile(absent)))
        .isEqualTo(absent + ": no such file");
  }

  record Guarded(@Doc(value = "A key.", secret = true) int pin) {}

  @Test
  void secretsAreNeverQuoted() {
    var sources =
        ConfigSources.none()
            .withYaml("f", "pin: hunter2")
            .withArguments(List.of("--pin=hunter3", "--pin=hunter4"));

    ConfigException e =
        catchThrowableOfType(
            ConfigException.class, () -> ConfigBinder.bind(Guarded.class, new Guarded(1), sources));

    assertThat(e)
        .hasMessage(
            """
            the configuration has 3 problems:
              f:1:6: pin: the secret is not an integer
              flag --pin: pin: the secret is not an integer
              flag --pin: pin: given twice with different values""");
  }
}
