package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.objectstore.ObjectStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// S3 at an address of its own: https with a certificate of its own, keys, and what a bucket is
/// asked to encrypt with.
@Tag("system")
class SecuredS3Test {
  private static final int SEVERAL_PARTS_BYTES = 12 << 20;

  @TempDir Path work;

  @Test
  void certificateIsTrustedThatTheConfigurationNames() throws Exception {
    Certificate certificate = Certificate.make(work);
    StoreTool tool = new StoreTool(work);
    try (Servers.Server server = Servers.s3(work, certificate)) {
      List<String> flags = new ArrayList<>();
      flags.add("--storage.backend=s3");
      flags.add("--storage.s3.bucket=pallium");
      flags.add("--storage.s3.endpoint=https://127.0.0.1:" + server.port());
      flags.add("--storage.s3.path-style=true");
      flags.add("--storage.s3.access-key-id=local-identity");
      flags.add("--storage.s3.secret-access-key=local-credential");
      flags.add("--storage.s3.create-if-missing=true");

      tool.assertRefused(flags, "PKIX path building failed", "the encryption under storage.s3");
      flags.add("--storage.s3.ca-file=" + work.resolve("missing.pem"));
      tool.assertRefused(flags, "cannot read certificates from", "missing.pem");
      flags.set(flags.size() - 1, "--storage.s3.ca-file=" + certificate.file());
      tool.assertFine(flags);
      flags.replaceAll(flag -> flag.replace("local-credential", "wrong"));
      tool.assertRefused(
          flags,
          "The request signature we calculated does not match",
          "the credentials under storage.s3");
      flags.replaceAll(flag -> flag.replace("local-identity", "nobody"));
      tool.assertRefused(flags, "Forbidden", "the credentials under storage.s3");
    }
  }

  @Test
  void encryptionIsAskedForWithEachObjectAndUpload() throws Exception {
    try (RunningStore store = RunningStore.s3(work)) {
      List<String> plain = heads(store);
      List<String> s3 = heads(store, "--storage.s3.encryption=sse_s3");
      List<String> kms =
          heads(
              store,
              "--storage.s3.encryption=sse_kms",
              "--storage.s3.kms-key-id=arn:aws:kms:eu-central-1:1:key/2");

      assertThat(plain).noneMatch(head -> head.contains("x-amz-server-side-encryption"));
      assertThat(beginnings(s3))
          .hasSize(2)
          .allMatch(head -> head.contains("\r\nx-amz-server-side-encryption: AES256\r\n"));
      assertThat(beginnings(kms))
          .hasSize(2)
          .allMatch(head -> head.contains("\r\nx-amz-server-side-encryption: aws:kms\r\n"))
          .allMatch(
              head ->
                  head.contains(
                      "\r\nx-amz-server-side-encryption-aws-kms-key-id:"
                          + " arn:aws:kms:eu-central-1:1:key/2\r\n"));
    }
  }

  /// The heads of all requests for a small object and one in parts.
  private List<String> heads(RunningStore running, String... more) throws Exception {
    List<String> heads = Collections.synchronizedList(new ArrayList<>());
    try (Wire wire = Wire.to(running.server().port(), () -> RequestFinder.recordingHttp1(heads))) {
      List<String> flags = new ArrayList<>(running.flagsBehind(wire.port()));
      flags.addAll(List.of(more));
      try (ObjectStore store = StoreCosts.opened(flags, work)) {
        store.put("small", Contents.text("x"));
        store.put("large", new Pattern(SEVERAL_PARTS_BYTES));
      }
    }
    return heads;
  }

  /// Those that make an object or begin an upload.
  private static List<String> beginnings(List<String> heads) {
    return heads.stream()
        .filter(head -> head.startsWith("PUT /pallium/small") || head.contains("?uploads"))
        .toList();
  }
}
