package io.pallium.dynamodb;

import io.pallium.objectstore.StoreException;
import io.pallium.objectstore.row.NamedRow;
import io.pallium.objectstore.row.Row;
import io.pallium.objectstore.row.RowKey;
import io.pallium.objectstore.row.RowStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.GetItemResponse;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;

/// Rows and segments as items of one table with the keys `pk` and `sk`.
///
/// | | `pk` (text, hashed) | `sk` (text) | `stamp` (text) | `value` (binary) |
/// |---|---|---|---|---|
/// | a row | `r` and the partition | the name | the stamp | the value |
/// | a segment | `s`, the upload, `/`, the number | `-` | | the bytes |
///
/// Rows are written on the condition of their stamp, and everything is read consistently.
public final class DynamoDbRows implements RowStore {
  static final String PARTITION_KEY = "pk";
  static final String SORT_KEY = "sk";
  private static final String STAMP = "stamp";
  private static final String VALUE = "value";
  private static final String SEGMENT_SORT_KEY = "-";

  private final DynamoDbClient client;
  private final String table;

  private DynamoDbRows(DynamoDbClient client, String table) {
    this.client = client;
    this.table = table;
  }

  /// Connects, and makes sure that the table is there as it should be.
  ///
  /// @throws StoreException if it cannot be used, and what to do
  public static DynamoDbRows open(DynamoDbConfig config) {
    DynamoDbClient client = DynamoDbClients.client(config);
    try {
      DynamoDbTables.require(client, config);
      return new DynamoDbRows(client, config.table());
    } catch (SdkException e) {
      client.close();
      throw DynamoDbErrors.of("open table " + config.table(), e);
    } catch (StoreException e) {
      client.close();
      throw e;
    }
  }

  @Override
  public Optional<Row> read(RowKey key) {
    return get("read row " + key, keyOf(key)).map(DynamoDbRows::rowOf);
  }

  @Override
  public List<NamedRow> scan(String partition, String from, int maxRows) {
    Map<String, AttributeValue> values = new HashMap<>();
    values.put(":pk", text("r" + partition));
    String condition = PARTITION_KEY + " = :pk";
    if (!from.isEmpty()) {
      values.put(":from", text(from));
      condition += " AND " + SORT_KEY + " >= :from";
    }
    List<NamedRow> found = new ArrayList<>();
    QueryRequest.Builder query =
        QueryRequest.builder()
            .tableName(table)
            .consistentRead(true)
            .keyConditionExpression(condition)
            .expressionAttributeValues(values);
    while (true) {
      QueryRequest request = query.limit(maxRows - found.size()).build();
      QueryResponse page = call("scan " + partition, () -> client.query(request));
      for (Map<String, AttributeValue> item : page.items()) {
        found.add(new NamedRow(attribute(item, SORT_KEY).s(), rowOf(item)));
      }
      if (!page.hasLastEvaluatedKey() || found.size() >= maxRows) {
        return found;
      }
      query.exclusiveStartKey(page.lastEvaluatedKey());
    }
  }

  @Override
  public boolean swap(RowKey key, @Nullable String expectedStamp, @Nullable Row next) {
    String condition =
        expectedStamp == null ? "attribute_not_exists(#stamp)" : "#stamp = :expected";
    Map<String, String> names = Map.of("#stamp", STAMP);
    @Nullable Map<String, AttributeValue> values =
        expectedStamp == null ? null : Map.of(":expected", text(expectedStamp));
    try {
      if (next == null) {
        client.deleteItem(
            delete ->
                delete
                    .tableName(table)
                    .key(keyOf(key))
                    .conditionExpression(condition)
                    .expressionAttributeNames(names)
                    .expressionAttributeValues(values));
      } else {
        Map<String, AttributeValue> item = new HashMap<>(keyOf(key));
        item.put(STAMP, text(next.stamp()));
        item.put(VALUE, binary(next.value()));
        client.putItem(
            put ->
                put.tableName(table)
                    .item(item)
                    .conditionExpression(condition)
                    .expressionAttributeNames(names)
                    .expressionAttributeValues(values));
      }
      return true;
    } catch (ConditionalCheckFailedException _) {
      return false;
    } catch (SdkException e) {
      throw DynamoDbErrors.of("swap row " + key, e);
    }
  }

  @Override
  public void writeSegment(String upload, int index, byte[] bytes) {
    Map<String, AttributeValue> item = new HashMap<>(keyOf(upload, index));
    item.put(VALUE, binary(bytes));
    var unused =
        call(
            "write segment " + index + " of " + upload,
            () -> client.putItem(put -> put.tableName(table).item(item)));
  }

  @Override
  public Optional<byte[]> readSegment(String upload, int index) {
    return get("read segment " + index + " of " + upload, keyOf(upload, index))
        .map(item -> attribute(item, VALUE).b().asByteArray());
  }

  @Override
  public void deleteSegment(String upload, int index) {
    var unused =
        call(
            "delete segment " + index + " of " + upload,
            () -> client.deleteItem(delete -> delete.tableName(table).key(keyOf(upload, index))));
  }

  @Override
  public void close() {
    client.close();
  }

  private Optional<Map<String, AttributeValue>> get(String what, Map<String, AttributeValue> key) {
    GetItemResponse answer =
        call(what, () -> client.getItem(get -> get.tableName(table).key(key).consistentRead(true)));
    return answer.hasItem() ? Optional.of(answer.item()) : Optional.empty();
  }

  private static <T> T call(String what, Supplier<T> request) {
    try {
      return request.get();
    } catch (SdkException e) {
      throw DynamoDbErrors.of(what, e);
    }
  }

  private static Map<String, AttributeValue> keyOf(RowKey key) {
    return Map.of(PARTITION_KEY, text("r" + key.partition()), SORT_KEY, text(key.name()));
  }

  private static Map<String, AttributeValue> keyOf(String upload, int index) {
    return Map.of(
        PARTITION_KEY, text("s" + upload + "/" + index), SORT_KEY, text(SEGMENT_SORT_KEY));
  }

  private static Row rowOf(Map<String, AttributeValue> item) {
    return new Row(attribute(item, STAMP).s(), attribute(item, VALUE).b().asByteArray());
  }

  private static AttributeValue attribute(Map<String, AttributeValue> item, String name) {
    AttributeValue value = item.get(name);
    if (value == null) {
      throw new StoreException(
          StoreException.Kind.CORRUPT, "dynamodb: item " + item.keySet() + " lacks " + name);
    }
    return value;
  }

  private static AttributeValue text(String text) {
    return AttributeValue.fromS(text);
  }

  private static AttributeValue binary(byte[] bytes) {
    return AttributeValue.fromB(SdkBytes.fromByteArrayUnsafe(bytes));
  }
}
