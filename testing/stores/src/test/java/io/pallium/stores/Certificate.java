package io.pallium.stores;

import io.pallium.testkit.process.TestProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// A certificate for 127.0.0.1 and localhost that nobody has signed but itself.
///
/// @param keyStore the certificate with its key (PKCS #12)
/// @param file the certificate alone (PEM)
/// @param trustStore the certificate as one that is trusted (PKCS #12)
record Certificate(Path keyStore, Path file, Path trustStore) {
  static final String PASSWORD = "of-the-store";

  static Certificate make(Path folder) {
    Certificate certificate =
        new Certificate(
            folder.resolve("key.p12"), folder.resolve("ca.pem"), folder.resolve("trusted.p12"));
    String file = certificate.file.toString();
    keytool(
        certificate.keyStore,
        "-genkeypair",
        "-keyalg",
        "EC",
        "-dname",
        "CN=a server for tests",
        "-ext",
        "san=ip:127.0.0.1,dns:localhost");
    keytool(certificate.keyStore, "-exportcert", "-rfc", "-file", file);
    keytool(certificate.trustStore, "-importcert", "-noprompt", "-file", file);
    return certificate;
  }

  private static void keytool(Path store, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(
        List.of("-alias", "server", "-keystore", store.toString(), "-storepass", PASSWORD));
    Path folder = Objects.requireNonNull(store.toAbsolutePath().getParent(), "a file");
    try (TestProcess process =
        TestProcess.start(command, Map.of(), folder, folder.resolve("keytool.log"))) {
      if (process.await(Duration.ofSeconds(30)).orElse(-1) != 0) {
        throw new AssertionError(process.output());
      }
    }
  }
}
