package io.pallium.objectstore;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/// Certificates in a file (PEM) that are trusted in place of the system's.
public final class CaFile {
  private CaFile() {}

  /// @throws StoreException `MISCONFIGURED` if the file cannot be read
  public static TrustManager[] trustManagers(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
      trusted.load(null, null);
      int count = 0;
      for (Certificate certificate :
          CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        trusted.setCertificateEntry("ca-" + count++, certificate);
      }
      if (count == 0) {
        throw new IOException("no certificate in it");
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(trusted);
      return factory.getTrustManagers();
    } catch (IOException | GeneralSecurityException e) {
      throw new StoreException(
          StoreException.Kind.MISCONFIGURED, "cannot read certificates from " + file + ": " + e, e);
    }
  }

  /// A context for TLS that trusts these certificates and nothing else.
  public static SSLContext context(Path file) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trustManagers(file), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new StoreException(
          StoreException.Kind.MISCONFIGURED, "cannot use TLS with " + file + ": " + e, e);
    }
  }
}
