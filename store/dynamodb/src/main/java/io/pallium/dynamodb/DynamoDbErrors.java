package io.pallium.dynamodb;

import io.pallium.objectstore.StoreException;
import io.pallium.objectstore.StoreException.Kind;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;

/// What the driver's failures mean.
final class DynamoDbErrors {
  private DynamoDbErrors() {}

  static StoreException of(String what, SdkException e) {
    if (e instanceof AbortedException || Thread.currentThread().isInterrupted()) {
      return StoreException.canceled(what, e);
    }
    Kind kind = e instanceof AwsServiceException answer ? kindOf(answer) : Kind.UNAVAILABLE;
    return new StoreException(kind, "dynamodb: " + what + ": " + e.getMessage(), e);
  }

  private static Kind kindOf(AwsServiceException e) {
    if (e instanceof ResourceNotFoundException) {
      return Kind.MISCONFIGURED;
    }
    AwsErrorDetails details = e.awsErrorDetails();
    String code = details == null || details.errorCode() == null ? "" : details.errorCode();
    return switch (code) {
      case "ProvisionedThroughputExceededException",
          "ThrottlingException",
          "RequestLimitExceeded",
          "LimitExceededException" ->
          Kind.THROTTLED;
      case "AccessDeniedException",
          "UnrecognizedClientException",
          "InvalidSignatureException",
          "IncompleteSignatureException",
          "MissingAuthenticationTokenException" ->
          Kind.DENIED;
      case "ExpiredTokenException",
          "TransactionConflictException",
          "ReplicatedWriteConflictException",
          "InternalServerError",
          // The answer broke off before it said what is wrong, or is not DynamoDB's.
          "" ->
          Kind.UNAVAILABLE;
      default -> e.statusCode() >= 500 ? Kind.UNAVAILABLE : Kind.INVALID;
    };
  }
}
