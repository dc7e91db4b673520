package io.pallium.stores;

import io.pallium.dynamodb.DynamoDbConfig;
import io.pallium.dynamodb.DynamoDbRows;
import io.pallium.objectstore.ObjectStore;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/// DynamoDB whose server and connections fail.
@Tag("system")
class FaultyDynamoDbTest extends FaultyHttpStoreContract {
  private static RunningStore running;

  @BeforeAll
  static void start(@TempDir Path work) {
    running = RunningStore.dynamodb(work);
  }

  @AfterAll
  static void stop() throws Exception {
    Servers.close(running);
  }

  @Override
  RunningStore running() {
    return running;
  }

  @Override
  List<String> smallParts() {
    return List.of("--storage.dynamodb.segments.segment-size=64KiB");
  }

  @Override
  long largeBytes() {
    return 900_000;
  }

  @Override
  void sweep(ObjectStore store) {
    DynamoDbConfig config = StoreWriter.config(flags()).dynamodb();
    Leftovers.sweep(DynamoDbRows.open(config), config.segments(), store);
  }

  @Override
  HttpProxy.Words words() {
    return new HttpProxy.Words(
        error(400, "ProvisionedThroughputExceededException", "Throughput exceeds the limit."),
        error(500, "InternalServerError", "The request processing has failed."));
  }

  private static HttpMessage error(int status, String type, String message) {
    return HttpProxy.answer(
        status,
        "Content-Type: application/x-amz-json-1.0\r\n",
        "{\"__type\": \"com.amazonaws.dynamodb.v20120810#%s\", \"message\": \"%s\"}"
            .formatted(type, message));
  }
}
