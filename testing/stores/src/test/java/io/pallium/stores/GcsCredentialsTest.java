package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The key of a service account is exchanged for a token, which goes with each request. The server
/// for tests takes any token, so what is seen here is what it is sent.
@Tag("system")
class GcsCredentialsTest {
  @TempDir Path work;

  @Test
  void tokenOfTheServiceAccountGoesWithEachRequest() throws Exception {
    List<String> heads = Collections.synchronizedList(new ArrayList<>());
    try (RunningStore store = RunningStore.gcs(work);
        Wire wire = Wire.to(store.server().port(), () -> RequestFinder.recordingHttp1(heads))) {
      List<String> flags = new ArrayList<>(store.flagsBehind(wire.port()));
      Tokens tokens = new Tokens();
      try {
        flags.add("--storage.gcs.credentials-file=" + key(tokens.url()));
        StoreTool tool = new StoreTool(work);

        tool.assertFine(flags);
        assertThat(heads)
            .hasSizeGreaterThan(10)
            .allMatch(
                head -> head.toLowerCase(Locale.ROOT).contains("authorization: bearer the-token"));
        tokens.isRefusing = true;
        tool.assertRefused(flags, "invalid_grant", "the credentials under storage.gcs");
      } finally {
        tokens.server.stop(0);
      }
    }
  }

  /// Where tokens come from.
  private static final class Tokens {
    private final HttpServer server;
    private volatile boolean isRefusing;

    Tokens() throws IOException {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.createContext(
          "/token",
          exchange -> {
            byte[] answer =
                (isRefusing
                        ? "{\"error\": \"invalid_grant\", \"error_description\": \"no such account\"}"
                        : "{\"access_token\": \"the-token\", \"expires_in\": 3600}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(isRefusing ? 400 : 200, answer.length);
            try (OutputStream out = exchange.getResponseBody()) {
              out.write(answer);
            }
          });
      server.start();
    }

    String url() {
      return "http://127.0.0.1:" + server.getAddress().getPort() + "/token";
    }
  }

  private Path key(String tokenUrl) throws Exception {
    byte[] key = KeyPairGenerator.getInstance("RSA").generateKeyPair().getPrivate().getEncoded();
    String pem =
        "-----BEGIN PRIVATE KEY-----\\n"
            + Base64.getEncoder().encodeToString(key)
            + "\\n-----END PRIVATE KEY-----\\n";
    return Files.writeString(
        work.resolve("account.json"),
        """
        {
          "type": "service_account",
          "project_id": "project",
          "private_key_id": "1",
          "private_key": "%s",
          "client_email": "pallium@project.iam.gserviceaccount.com",
          "client_id": "1",
          "token_uri": "%s"
        }
        """
            .formatted(pem, tokenUrl));
  }
}
