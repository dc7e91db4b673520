package io.pallium.cluster.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.pallium.base.BadRequestException;
import io.pallium.base.CorruptDataException;
import io.pallium.base.ErrorKind;
import io.pallium.base.LimitExceededException;
import io.pallium.base.NotFoundException;
import io.pallium.base.PalliumException;
import io.pallium.base.QueryCanceledException;
import io.pallium.base.QueryFailedException;
import io.pallium.base.QueryTimeoutException;
import io.pallium.base.TenantMissingException;
import io.pallium.base.UnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

class RpcErrorsTest {
  static List<PalliumException> oneOfEachKind() {
    return List.of(
        new BadRequestException("bad \"é\"\n request"),
        BadRequestException.tooLarge("too large"),
        BadRequestException.unsupportedMediaType("unsupported"),
        new TenantMissingException("no tenant"),
        new NotFoundException("not found"),
        new QueryFailedException("failed"),
        LimitExceededException.query("over a limit (querier.max-query-memory)"),
        LimitExceededException.rate("too often", Duration.ofSeconds(1)),
        LimitExceededException.node("no room"),
        new QueryCanceledException("canceled"),
        new CorruptDataException("corrupt"),
        new UnavailableException("unavailable"),
        new QueryTimeoutException("out of time"));
  }

  @Test
  void everyKindIsTriedByTheTests() {
    assertThat(oneOfEachKind()).extracting(PalliumException::kind).contains(ErrorKind.values());
  }

  @Test
  void kindAndTextSurviveTheWay() {
    for (PalliumException failure : oneOfEachKind()) {
      PalliumException received =
          RpcErrors.toException(
              new CompletionException(RpcErrors.toStatus(new CompletionException(failure))), "i");

      assertThat(received.kind()).isEqualTo(failure.kind());
      assertThat(received).hasMessage(failure.getMessage());
    }
  }

  @Test
  void aWriteIsRefusedOrCanBeSentAgain() {
    for (PalliumException failure : oneOfEachKind()) {
      PalliumException received = RpcErrors.toWriteException(RpcErrors.toStatus(failure), "i");

      assertThat(received.kind()).isNotIn(ErrorKind.CANCELED, ErrorKind.QUERY_TIMEOUT);
    }
    assertThat(RpcErrors.toWriteException(Status.CANCELLED.asException(), "i").kind())
        .isEqualTo(ErrorKind.UNAVAILABLE);
    assertThat(RpcErrors.toWriteException(Status.DEADLINE_EXCEEDED.asException(), "i").kind())
        .isEqualTo(ErrorKind.UNAVAILABLE);
  }

  @Test
  void aLongTextIsCut() {
    PalliumException received =
        RpcErrors.toException(
            RpcErrors.toStatus(new BadRequestException("x".repeat(100_000))), "i");

    assertThat(received.getMessage()).hasSizeLessThan(2_000).endsWith("…");
  }
}
