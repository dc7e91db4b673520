package io.pallium.s3;

/// How a bucket is asked to encrypt what it is given.
public enum Encryption {
  /// As the bucket does by itself.
  NONE,
  /// With keys of S3.
  SSE_S3,
  /// With a key of the key management service.
  SSE_KMS
}
