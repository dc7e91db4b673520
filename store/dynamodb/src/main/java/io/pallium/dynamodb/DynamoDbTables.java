package io.pallium.dynamodb;

import io.pallium.objectstore.StoreException;
import java.time.Duration;
import java.util.List;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughput;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.waiters.DynamoDbWaiter;

/// The table that [DynamoDbRows] needs.
final class DynamoDbTables {
  private static final List<AttributeDefinition> ATTRIBUTES =
      List.of(attribute(DynamoDbRows.PARTITION_KEY), attribute(DynamoDbRows.SORT_KEY));
  private static final List<KeySchemaElement> KEYS =
      List.of(
          key(DynamoDbRows.PARTITION_KEY, KeyType.HASH), key(DynamoDbRows.SORT_KEY, KeyType.RANGE));

  private DynamoDbTables() {}

  /// Checks the table, and makes it if the configuration allows it.
  static void require(DynamoDbClient client, DynamoDbConfig config) {
    try {
      TableDescription found =
          client.describeTable(table -> table.tableName(config.table())).table();
      boolean isOurs =
          found.keySchema().equals(KEYS) && found.attributeDefinitions().containsAll(ATTRIBUTES);
      if (!isOurs) {
        throw new StoreException(
            StoreException.Kind.MISCONFIGURED,
            "table "
                + config.table()
                + " is another than Pallium's: it has the keys "
                + found.keySchema()
                + ", not "
                + KEYS);
      }
    } catch (ResourceNotFoundException e) {
      if (!config.createIfMissing()) {
        throw new StoreException(
            StoreException.Kind.MISCONFIGURED,
            "dynamodb has no table "
                + config.table()
                + " in "
                + config.region()
                + "; make it with the text keys pk (partition) and sk (sort), or set"
                + " create_if_missing: "
                + e.getMessage(),
            e);
      }
      create(client, config);
    }
  }

  private static void create(DynamoDbClient client, DynamoDbConfig config) {
    CreateTableRequest.Builder request =
        CreateTableRequest.builder()
            .tableName(config.table())
            .attributeDefinitions(ATTRIBUTES)
            .keySchema(KEYS);
    if (config.readUnits() == 0) {
      request.billingMode(BillingMode.PAY_PER_REQUEST);
    } else {
      request
          .billingMode(BillingMode.PROVISIONED)
          .provisionedThroughput(
              ProvisionedThroughput.builder()
                  .readCapacityUnits(config.readUnits())
                  .writeCapacityUnits(config.writeUnits())
                  .build());
    }
    client.createTable(request.build());
    try (DynamoDbWaiter waiter = DynamoDbWaiter.builder().client(client).build()) {
      var unused =
          waiter.waitUntilTableExists(
              table -> table.tableName(config.table()),
              wait -> wait.waitTimeout(Duration.ofMinutes(2)));
    }
  }

  private static AttributeDefinition attribute(String name) {
    return AttributeDefinition.builder()
        .attributeName(name)
        .attributeType(ScalarAttributeType.S)
        .build();
  }

  private static KeySchemaElement key(String name, KeyType type) {
    return KeySchemaElement.builder().attributeName(name).keyType(type).build();
  }
}
