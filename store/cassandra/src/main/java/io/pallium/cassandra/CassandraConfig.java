package io.pallium.cassandra;

import io.pallium.base.config.DataSize;
import io.pallium.base.config.Doc;
import io.pallium.base.config.HostAndPort;
import io.pallium.objectstore.row.SegmentedConfig;
import java.time.Duration;
import java.util.List;

/// A keyspace and how to reach it.
public record CassandraConfig(
    @Doc("Some nodes of the cluster, from which the others are found.")
        List<HostAndPort> contactPoints,
    @Doc("The datacenter that requests go to.") String localDatacenter,
    @Doc("The keyspace with the tables.") String keyspace,
    @Doc("The user; empty for none.") String username,
    @Doc(value = "The user's password.", secret = true) String password,
    @Doc("Whether connections are encrypted.") boolean tls,
    @Doc(
            "A file with certificates (PEM) that are trusted instead of the system's; empty for those.")
        String caFile,
    @Doc(
            "Whether the certificate of a node must name the address that it is reached at, with"
                + " `tls`.")
        boolean verifyHost,
    @Doc(
            "How many nodes answer reads and writes: `local_quorum`, `quorum` or `all`. All processes"
                + " must have the same.")
        Consistency consistency,
    @Doc(
            "Who decides swaps of rows: `local_serial` for one datacenter, `serial` for all of them."
                + " All processes must have the same.")
        SerialConsistency serialConsistency,
    @Doc("How long one request may take.") Duration requestTimeout,
    @Doc(
            "Whether keyspace and tables are made if they do not exist; a keyspace with"
                + " replication_factor copies in local_datacenter.")
        boolean createIfMissing,
    @Doc("How many copies a keyspace has that is made here.") int replicationFactor,
    @Doc("How objects are kept in rows.") SegmentedConfig segments) {

  /// How many nodes answer.
  public enum Consistency {
    LOCAL_QUORUM,
    QUORUM,
    ALL
  }

  /// Who decides swaps.
  public enum SerialConsistency {
    LOCAL_SERIAL,
    SERIAL
  }

  public CassandraConfig {
    contactPoints = List.copyOf(contactPoints);
    if (!keyspace.matches("[a-z][a-z0-9_]{0,47}")) {
      throw new IllegalArgumentException(
          "keyspace must be a-z, 0-9 and _, at most 48 characters, was " + keyspace);
    }
    if (!requestTimeout.isPositive()) {
      throw new IllegalArgumentException("request_timeout must be positive, was " + requestTimeout);
    }
    if (replicationFactor < 1) {
      throw new IllegalArgumentException(
          "replication_factor must be positive, was " + replicationFactor);
    }
  }

  public static CassandraConfig defaults() {
    return new CassandraConfig(
        List.of(new HostAndPort("127.0.0.1", 9042)),
        "datacenter1",
        "pallium",
        "",
        "",
        false,
        "",
        true,
        Consistency.LOCAL_QUORUM,
        SerialConsistency.LOCAL_SERIAL,
        Duration.ofSeconds(10),
        false,
        3,
        SegmentedConfig.of(DataSize.ofMebibytes(1)));
  }
}
