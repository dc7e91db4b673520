package io.pallium.stores;

import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobContainerClientBuilder;
import com.azure.storage.blob.sas.BlobContainerSasPermission;
import com.azure.storage.blob.sas.BlobServiceSasSignatureValues;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Azure Blob Storage over https, with all that it takes as credentials.
@Tag("system")
class SecuredAzureTest {
  private static final String ACCOUNT = "devstoreaccount1";

  private static Servers.Server plain;
  private static Servers.Server secured;
  private static StoreTool tool;
  private static StoreTool trusting;

  @BeforeAll
  static void start(@TempDir Path work) {
    Certificate certificate = Certificate.make(work);
    plain = Servers.azure(work);
    secured = Servers.azure(work, certificate);
    tool = new StoreTool(work);
    trusting =
        new StoreTool(
            work,
            "-Djavax.net.ssl.trustStore="
                + certificate.trustStore()
                + " -Djavax.net.ssl.trustStorePassword="
                + Certificate.PASSWORD);
    tool.assertFine(
        flags(
            "account=" + ACCOUNT,
            "account-key=" + AzureStoreTest.KEY,
            "endpoint=" + endpoint(plain, "http"),
            "create-if-missing=true"));
  }

  @AfterAll
  static void stop() {
    plain.close();
    secured.close();
  }

  private static String endpoint(Servers.Server server, String scheme) {
    return scheme + "://127.0.0.1:" + server.port() + "/" + ACCOUNT;
  }

  private static List<String> flags(String... keys) {
    return Stream.concat(
            Stream.of("--storage.backend=azure", "--storage.azure.container=pallium"),
            Stream.of(keys).map(key -> "--storage.azure." + key))
        .toList();
  }

  private static String connectionString(Servers.Server server, String scheme, String key) {
    return "connection-string=DefaultEndpointsProtocol=%s;AccountName=%s;AccountKey=%s;BlobEndpoint=%s"
        .formatted(scheme, ACCOUNT, key, endpoint(server, scheme));
  }

  @Test
  void connectionStringSaysEverything() {
    tool.assertFine(flags(connectionString(plain, "http", AzureStoreTest.KEY)));
    tool.assertRefused(
        flags(connectionString(plain, "http", "d3Jvbmc=")),
        "AuthorizationFailure",
        "the credentials under storage.azure");
    tool.assertRefused(flags("connection-string=nonsense"), "azure takes no such account");
    tool.assertRefused(
        flags("account=" + ACCOUNT), "azure needs account_key, sas_token or connection_string");
  }

  @Test
  void signatureForTheContainerIsEnough() {
    BlobContainerClient container =
        new BlobContainerClientBuilder()
            .connectionString(
                connectionString(plain, "http", AzureStoreTest.KEY)
                    .substring("connection-string=".length()))
            .containerName("pallium")
            .buildClient();
    BlobContainerSasPermission all = BlobContainerSasPermission.parse("racwdl");
    OffsetDateTime end = OffsetDateTime.now(ZoneOffset.UTC).plusHours(1);
    String good = container.generateSas(new BlobServiceSasSignatureValues(end, all));
    String reader =
        container.generateSas(
            new BlobServiceSasSignatureValues(end, BlobContainerSasPermission.parse("r")));
    String endpoint = "endpoint=" + endpoint(plain, "http");

    tool.assertFine(flags("sas-token=" + good, endpoint));
    tool.assertRefused(
        flags("sas-token=" + reader, endpoint),
        "AuthorizationPermissionMismatch",
        "the credentials under storage.azure");
  }

  @Test
  void certificateMustBeTrustedByTheVirtualMachine() {
    List<String> flags =
        flags(connectionString(secured, "https", AzureStoreTest.KEY), "create-if-missing=true");

    // Java's TLS and OpenSSL's have these words in common.
    tool.assertRefused(
        flags, "unable to find valid certification path", "the encryption under storage.azure");
    trusting.assertFine(flags);
  }
}
