package io.pallium.s3;

import io.pallium.objectstore.ObjectRange;
import io.pallium.objectstore.StoreException;
import io.pallium.objectstore.StoreException.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/// What the driver's failures mean.
final class S3Errors {
  private S3Errors() {}

  static StoreException of(String what, SdkException e) {
    if (e instanceof AbortedException || Thread.currentThread().isInterrupted()) {
      return StoreException.canceled(what, e);
    }
    Kind kind = e instanceof AwsServiceException answer ? kindOf(answer) : Kind.UNAVAILABLE;
    return new StoreException(kind, what + ": " + e.getMessage(), e);
  }

  private static Kind kindOf(AwsServiceException e) {
    if (code(e).equals("NoSuchBucket")) {
      return Kind.MISCONFIGURED;
    }
    return switch (e.statusCode()) {
      // A completion that began to answer before it failed.
      case 200 -> code(e).equals("SlowDown") ? Kind.THROTTLED : Kind.UNAVAILABLE;
      case 301, 307, 400 -> isPassing(e) ? Kind.UNAVAILABLE : Kind.MISCONFIGURED;
      case 401, 403 -> isPassing(e) ? Kind.UNAVAILABLE : Kind.DENIED;
      case 404 -> Kind.NOT_FOUND;
      case 429, 503 -> Kind.THROTTLED;
      case 408, 409 -> Kind.UNAVAILABLE;
      default -> e.statusCode() >= 500 ? Kind.UNAVAILABLE : Kind.INVALID;
    };
  }

  /// A body that was torn on its way, a token that is renewed meanwhile, a slow connection.
  private static boolean isPassing(AwsServiceException e) {
    return switch (code(e)) {
      case "BadDigest",
          "IncompleteBody",
          "RequestTimeout",
          "ExpiredToken",
          "RequestTimeTooSkewed" ->
          true;
      default -> false;
    };
  }

  /// The object is missing, not the bucket.
  static boolean isMissingObject(AwsServiceException e) {
    return e.statusCode() == 404 && !code(e).equals("NoSuchBucket");
  }

  private static String code(AwsServiceException e) {
    AwsErrorDetails details = e.awsErrorDetails();
    return details == null || details.errorCode() == null ? "" : details.errorCode();
  }

  static StoreException ofContent(String what, IOException e) {
    return e instanceof InterruptedIOException
        ? StoreException.canceled(what, e)
        : new StoreException(Kind.INVALID, what + ": " + e.getMessage(), e);
  }

  /// A range that was answered, if it is the one that was asked for.
  static ObjectRange checked(
      String name, long offset, int maxBytes, ResponseBytes<GetObjectResponse> answer) {
    byte[] bytes = answer.asByteArrayUnsafe();
    String range = answer.response().contentRange();
    long objectBytes =
        range == null
            ? answer.response().contentLength()
            : Long.parseLong(range.substring(range.indexOf('/') + 1));
    if (bytes.length != Math.clamp(objectBytes - offset, 0, maxBytes)) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "read " + name + ": answered " + bytes.length + " bytes of range " + range);
    }
    return new ObjectRange(bytes, objectBytes, answer.response().eTag());
  }
}
