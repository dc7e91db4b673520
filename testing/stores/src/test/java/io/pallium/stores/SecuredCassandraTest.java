package io.pallium.stores;

import com.datastax.oss.driver.api.core.CqlSession;
import io.pallium.objectstore.CaFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A node of Cassandra that takes encrypted connections only, from users that it knows, and lets
/// them do what they were granted.
@Tag("system")
class SecuredCassandraTest {
  private static Certificate certificate;
  private static Servers.Server server;
  private static StoreTool tool;

  @BeforeAll
  static void start(@TempDir Path work) throws Exception {
    certificate = Certificate.make(work);
    server = CassandraServer.startSecured(work, certificate);
    tool = new StoreTool(work);
    tool.assertFine(
        flags("cassandra", "cassandra", "replication-factor=1", "create-if-missing=true"));
    try (CqlSession session =
        CqlSession.builder()
            .addContactPoint(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()))
            .withLocalDatacenter("datacenter1")
            .withAuthCredentials("cassandra", "cassandra")
            .withSslContext(CaFile.context(certificate.file()))
            .build()) {
      for (String statement :
          List.of(
              "CREATE ROLE pallium WITH PASSWORD = 'its-own' AND LOGIN = true",
              "GRANT SELECT, MODIFY ON pallium.pallium_rows TO pallium",
              "GRANT SELECT, MODIFY ON pallium.pallium_segments TO pallium",
              "CREATE ROLE reader WITH PASSWORD = 'its-own' AND LOGIN = true",
              "GRANT SELECT ON pallium.pallium_rows TO reader")) {
        session.execute(statement);
      }
    }
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /// With TLS and the certificate of the node.
  private static List<String> flags(String user, String password, String... more) {
    List<String> flags = new ArrayList<>();
    flags.add("--storage.backend=cassandra");
    flags.add("--storage.cassandra.contact-points=127.0.0.1:" + server.port());
    flags.add("--storage.cassandra.username=" + user);
    flags.add("--storage.cassandra.password=" + password);
    flags.add("--storage.cassandra.tls=true");
    flags.add("--storage.cassandra.ca-file=" + certificate.file());
    for (String key : more) {
      flags.add("--storage.cassandra." + key);
    }
    return flags;
  }

  @Test
  void nothingIsNeededButWhatTheDocumentsSay() {
    tool.assertFine(flags("pallium", "its-own"));
    tool.assertFine(flags("pallium", "its-own", "create-if-missing=true"));
  }

  @Test
  void wrongPasswordIsRefused() {
    tool.assertRefused(flags("pallium", "another"), "password are incorrect", "storage.cassandra");
  }

  @Test
  void missingPermissionIsFoundByTheCheck() {
    tool.assertUnfit(
        flags("reader", "its-own"), "User reader has no MODIFY permission on <table pallium.");
  }

  @Test
  void keyspaceThatMayNotBeMadeIsRefused() {
    tool.assertRefused(
        flags("pallium", "its-own", "keyspace=another", "create-if-missing=true"),
        "User pallium has no CREATE permission");
    tool.assertRefused(
        flags("cassandra", "cassandra", "keyspace=another"),
        "cassandra has no table another.pallium_rows; make it, or set create_if_missing:"
            + " CREATE KEYSPACE");
  }

  @Test
  void nodeWithACertificateThatIsNotTrustedIsRefused() {
    List<String> flags = flags("pallium", "its-own");
    flags.removeIf(flag -> flag.contains("ca-file"));

    tool.assertRefused(flags, "certif");
  }

  @Test
  void nodeWithACertificateForAnotherAddressIsRefused() throws Exception {
    try (Wire elsewhere = Wire.at("127.0.0.2", server.port(), RequestFinder::none)) {
      List<String> flags = flags("pallium", "its-own");
      flags.replaceAll(
          flag -> flag.replace("127.0.0.1:" + server.port(), "127.0.0.2:" + elsewhere.port()));

      tool.assertRefused(flags, "certif");
      flags.add("--storage.cassandra.verify-host=false");
      tool.assertFine(flags);
    }
  }

  @Test
  void connectionWithoutTlsIsRefused() {
    List<String> flags = flags("pallium", "its-own");
    flags.remove("--storage.cassandra.tls=true");

    tool.assertRefused(flags, "127.0.0.1", "the encryption under storage.cassandra");
  }
}
