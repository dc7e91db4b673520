package io.pallium.stores;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/// A node of Apache Cassandra 5 for tests, its data in a folder.
///
/// It runs under a JDK 17 if there is one. Newer JDKs have no security manager, which Cassandra
/// asks for at its start; under them one class of Cassandra is replaced by one that does nothing.
final class CassandraServer {
  private static final String SHIM =
      """
      package org.apache.cassandra.security;

      public final class ThreadAwareSecurityManager {
        public static void install() {}
      }
      """;

  private CassandraServer() {}

  static Servers.Server start(Path work) throws Exception {
    return start(
        work,
        """
        authenticator: AllowAllAuthenticator
        authorizer: AllowAllAuthorizer
        """);
  }

  /// One that takes encrypted connections only and asks who is there: at first `cassandra`, with
  /// the same password, who may do everything.
  static Servers.Server startSecured(Path work, Certificate certificate) throws Exception {
    return start(
        work,
        """
        authenticator: PasswordAuthenticator
        authorizer: CassandraAuthorizer
        credentials_validity: 0ms
        permissions_validity: 0ms
        roles_validity: 0ms
        client_encryption_options:
          enabled: true
          optional: false
          keystore: "%s"
          keystore_password: %s
        """
            .formatted(certificate.keyStore(), Certificate.PASSWORD));
  }

  private static Servers.Server start(Path work, String security) throws Exception {
    Path jars = Servers.folder("cassandra");
    int port = Servers.freePort();
    Path data = Files.createDirectories(work.resolve("cassandra"));
    Path config = work.resolve("cassandra.yaml");
    Files.writeString(config, yaml(data, port) + security);
    Files.writeString(work.resolve("logback.xml"), "<configuration/>");
    String classPath = jars + "/*";
    List<String> flags = new ArrayList<>(flags(jars, data, config, work));
    Path jdk17 = Path.of("/usr/lib/jvm/java-17-openjdk-amd64/bin/java");
    boolean isOld = Files.isExecutable(jdk17);
    String java = isOld ? jdk17.toString() : Servers.JAVA;
    if (!isOld) {
      flags.add("--enable-native-access=ALL-UNNAMED");
      flags.add("--sun-misc-unsafe-memory-access=allow");
      classPath = shim(work) + ":" + classPath;
    }
    List<String> command = new ArrayList<>();
    command.add(java);
    command.addAll(flags);
    command.addAll(List.of("-cp", classPath, "org.apache.cassandra.service.CassandraDaemon"));
    return Servers.start(command, work, port);
  }

  private static Path shim(Path work) throws Exception {
    Path source = work.resolve("ThreadAwareSecurityManager.java");
    Path classes = Files.createDirectories(work.resolve("shim"));
    Files.writeString(source, SHIM);
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "-d", classes.toString(), source.toString());
    if (status != 0) {
      throw new AssertionError("the shim for Cassandra does not compile");
    }
    return classes;
  }

  private static List<String> flags(Path jars, Path data, Path config, Path work)
      throws IOException {
    Path jamm;
    try (Stream<Path> files = Files.list(jars)) {
      jamm =
          files
              .filter(file -> file.getFileName().toString().startsWith("jamm-"))
              .findFirst()
              .orElseThrow();
    }
    List<String> flags = new ArrayList<>();
    flags.add("-Djdk.attach.allowAttachSelf=true");
    for (String exported :
        List.of(
            "java.base/jdk.internal.misc",
            "java.base/jdk.internal.ref",
            "java.base/sun.nio.ch",
            "java.management.rmi/com.sun.jmx.remote.internal.rmi",
            "java.rmi/sun.rmi.registry",
            "java.rmi/sun.rmi.server",
            "java.rmi/sun.rmi.transport.tcp",
            "java.sql/java.sql")) {
      flags.add("--add-exports=" + exported + "=ALL-UNNAMED");
    }
    for (String opened :
        List.of(
            "java.base/java.lang.module",
            "java.base/jdk.internal.loader",
            "java.base/jdk.internal.ref",
            "java.base/jdk.internal.reflect",
            "java.base/jdk.internal.math",
            "java.base/jdk.internal.module",
            "java.base/jdk.internal.util.jar",
            "java.base/sun.nio.ch",
            "java.base/java.io",
            "java.base/java.lang",
            "java.base/java.lang.reflect",
            "java.base/java.util",
            "java.base/java.util.concurrent",
            "java.base/java.util.concurrent.atomic",
            "java.base/java.nio",
            "jdk.management/com.sun.management.internal")) {
      flags.add("--add-opens=" + opened + "=ALL-UNNAMED");
    }
    flags.addAll(
        List.of(
            "-javaagent:" + jamm,
            "-Xms512m",
            "-Xmx768m",
            "-XX:+UseSerialGC",
            "-Dcassandra.config=file://" + config,
            "-Dcassandra.storagedir=" + data,
            "-Dcassandra-foreground=yes",
            "-Dlogback.configurationFile=" + work.resolve("logback.xml"),
            "-Dcassandra.ring_delay_ms=100",
            "-Dcassandra.superuser_setup_delay_ms=0",
            "-Dcassandra.skip_wait_for_gossip_to_settle=0",
            "-Dcassandra.jmx.local.port=" + Servers.freePort(),
            "-Dio.netty.tryReflectionSetAccessible=true"));
    return flags;
  }

  private static String yaml(Path data, int port) {
    return """
        cluster_name: test
        num_tokens: 1
        partitioner: org.apache.cassandra.dht.Murmur3Partitioner
        data_file_directories: ["%1$s/data"]
        commitlog_directory: "%1$s/commitlog"
        saved_caches_directory: "%1$s/saved_caches"
        hints_directory: "%1$s/hints"
        cdc_raw_directory: "%1$s/cdc_raw"
        commitlog_sync: periodic
        commitlog_sync_period: 10000ms
        commitlog_segment_size: 32MiB
        commitlog_disk_access_mode: legacy
        seed_provider:
          - class_name: org.apache.cassandra.locator.SimpleSeedProvider
            parameters:
              - seeds: "127.0.0.1:%2$d"
        listen_address: 127.0.0.1
        rpc_address: 127.0.0.1
        storage_port: %2$d
        ssl_storage_port: %3$d
        native_transport_port: %4$d
        start_native_transport: true
        native_transport_max_frame_size: 32MiB
        endpoint_snitch: SimpleSnitch
        auto_snapshot: false
        memtable_heap_space: 64MiB
        memtable_offheap_space: 64MiB
        file_cache_enabled: false
        key_cache_size: 4MiB
        """
        .formatted(data, Servers.freePort(), Servers.freePort(), port);
  }
}
