package io.pallium.base.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class ConfigPrinterTest {

  @Test
  void configurationIsPrintedAsYamlWithSecretsHidden() {
    SampleConfig config =
        SampleConfig.bind(
            """
            storage:
              password: hunter2
              node_labels: {rack: '012', on: 'off'}
              dropped: [a, '']
              peers: [{address: 'one:1', zone: x}]
              caches: {index: {size: 1500}}
            """);

    assertThat(ConfigPrinter.print(config))
        .isEqualTo(
            """
            target: all
            server:
              http_listen_address: 127.0.0.1:9009
              request_timeout: 1m30s
              log_requests: false
              max_concurrent: 100
              external_url: http://localhost:9009/
            storage:
              directory: ./data
              max_file_size: 64MiB
              password: <secret>
              node_labels:
                rack: '012'
                'on': 'off'
              dropped:
                - a
                - ''
              peers:
                - address: one:1
                  zone: x
              caches:
                index:
                  size: 1500B
                  ttl: 5m
            limits:
              ingestion_rate: 25000
              max_series: 0
              drop_labels: []
              max_query_length: 7d
            """);
  }

  @Test
  void differencesAreOnlyWhatIsNotAsInTheOther() {
    SampleConfig config =
        SampleConfig.bind("", "--limits.max-series=5", "--server.request-timeout=1s");

    assertThat(ConfigPrinter.printDifferences(config, SampleConfig.defaults()))
        .isEqualTo(
            """
            server:
              request_timeout: 1s
            limits:
              max_series: 5
            """);
    assertThat(ConfigPrinter.printDifferences(config, config)).isEqualTo("{}\n");
  }

  @Test
  void referenceHasATablePerSectionWithAllNames() {
    String markdown = ConfigDocs.markdown(SampleConfig.defaults());

    assertThat(markdown)
        .startsWith(
            """
            ## Top level

            | YAML | Flag | Environment variable | Type | Default | What it does |
            | --- | --- | --- | --- | --- | --- |
            | `target` | `--target` | `PALLIUM_TARGET` | one of all, store-gateway | `all` | What \
            this process does. |

            ## `server`

            The HTTP server.

            | YAML | Flag | Environment variable | Type | Default | What it does |
            | --- | --- | --- | --- | --- | --- |
            | `server.http_listen_address` | `--server.http-listen-address` | \
            `PALLIUM_SERVER_HTTP_LISTEN_ADDRESS` | host:port | `127.0.0.1:9009` | Where HTTP is \
            served. |
            """)
        .contains(
            "| boolean | `false` | Whether requests are logged. Since 0.2. |\n",
            "| text |  | The password \\| phrase of the store. |\n",
            "## `storage.caches.<name>`\n\nCaches by name.\n\n| YAML | Type | Default |",
            "| `storage.caches.<name>.ttl` | duration | `5m` | How long. |\n",
            "| `storage.peers[].zone` | text |  | Its zone. |\n",
            "| `limits.drop_labels` | `--limits.drop-labels` | `PALLIUM_LIMITS_DROP_LABELS` |"
                + " list of text |  | Labels that are dropped. |\n");
    assertThat(markdown).isEqualTo(ConfigDocs.markdown(SampleConfig.defaults())).endsWith("|\n");
  }

  record Undocumented(int key) {}

  @Test
  void keyWithoutDocumentationIsRefusedByTheReference() {
    assertThatThrownBy(() -> ConfigDocs.markdown(new Undocumented(1)))
        .hasMessage("configuration key key has no @Doc");
  }

  @Test
  void schemaListsEveryNameOfAKey() {
    ConfigSchema schema = ConfigSchema.of(SampleConfig.defaults());

    assertThat(schema.keys())
        .contains(
            new ConfigKey(
                "limits.max_query_length",
                "--limits.max-query-length",
                "PALLIUM_LIMITS_MAX_QUERY_LENGTH",
                "duration",
                "7d",
                "How long a query's range may be.",
                "",
                false));
    assertThat(
            schema.sections().stream().map(ConfigSchema.Section::path).collect(Collectors.toList()))
        .containsExactly(
            "", "server", "storage", "storage.peers[]", "storage.caches.<name>", "limits");
  }
}
