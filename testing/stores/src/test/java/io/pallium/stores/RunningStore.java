package io.pallium.stores;

import java.nio.file.Path;
import java.util.List;

/// A server of a store and the flags with which Pallium uses it.
record RunningStore(Servers.Server server, List<String> flags) implements AutoCloseable {
  @Override
  public void close() {
    server.close();
  }

  /// The flags with which Pallium goes through a proxy before the server.
  List<String> flagsBehind(int proxyPort) {
    return flags.stream().map(flag -> flag.replace(":" + server.port(), ":" + proxyPort)).toList();
  }

  static RunningStore s3(Path work) throws Exception {
    Servers.Server server = Servers.s3(work);
    return new RunningStore(
        server,
        List.of(
            "--storage.backend=s3",
            "--storage.s3.bucket=pallium",
            "--storage.s3.endpoint=" + server.url(),
            "--storage.s3.path-style=true",
            "--storage.s3.access-key-id=local-identity",
            "--storage.s3.secret-access-key=local-credential",
            "--storage.s3.create-if-missing=true"));
  }

  static RunningStore gcs(Path work) {
    Servers.Server server = Servers.gcs(work);
    return new RunningStore(
        server,
        List.of(
            "--storage.backend=gcs",
            "--storage.gcs.bucket=pallium",
            "--storage.gcs.project=project",
            "--storage.gcs.endpoint=" + server.url(),
            "--storage.gcs.create-if-missing=true"));
  }

  static RunningStore azure(Path work) {
    Servers.Server server = Servers.azure(work);
    return new RunningStore(
        server,
        List.of(
            "--storage.backend=azure",
            "--storage.azure.container=pallium",
            "--storage.azure.account=devstoreaccount1",
            "--storage.azure.account-key=" + AzureStoreTest.KEY,
            "--storage.azure.endpoint=" + server.url() + "/devstoreaccount1",
            "--storage.azure.create-if-missing=true"));
  }

  static RunningStore cassandra(Path work) throws Exception {
    Servers.Server server = CassandraServer.start(work);
    return new RunningStore(
        server,
        List.of(
            "--storage.backend=cassandra",
            "--storage.cassandra.contact-points=127.0.0.1:" + server.port(),
            "--storage.cassandra.replication-factor=1",
            "--storage.cassandra.create-if-missing=true"));
  }

  static RunningStore dynamodb(Path work) {
    Servers.Server server = Servers.dynamodb(work);
    return new RunningStore(
        server,
        List.of(
            "--storage.backend=dynamodb",
            "--storage.dynamodb.endpoint=" + server.url(),
            "--storage.dynamodb.access-key-id=local",
            "--storage.dynamodb.secret-access-key=local",
            "--storage.dynamodb.create-if-missing=true"));
  }

  static RunningStore bigtable(Path work) {
    Servers.Server server = Servers.bigtable(work);
    return new RunningStore(
        server,
        List.of(
            "--storage.backend=bigtable",
            "--storage.bigtable.project=project",
            "--storage.bigtable.instance=instance",
            "--storage.bigtable.emulator=127.0.0.1:" + server.port(),
            "--storage.bigtable.create-if-missing=true"));
  }
}
