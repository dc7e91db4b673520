package io.pallium.bigtable;

import com.google.api.core.ApiFuture;
import com.google.cloud.bigtable.data.v2.BigtableDataClient;
import com.google.cloud.bigtable.data.v2.models.ConditionalRowMutation;
import com.google.cloud.bigtable.data.v2.models.Filters;
import com.google.cloud.bigtable.data.v2.models.Mutation;
import com.google.cloud.bigtable.data.v2.models.Query;
import com.google.cloud.bigtable.data.v2.models.Range.ByteStringRange;
import com.google.cloud.bigtable.data.v2.models.RowCell;
import com.google.cloud.bigtable.data.v2.models.RowMutation;
import com.google.cloud.bigtable.data.v2.models.TableId;
import com.google.protobuf.ByteString;
import io.pallium.objectstore.StoreException;
import io.pallium.objectstore.row.NamedRow;
import io.pallium.objectstore.row.Row;
import io.pallium.objectstore.row.RowKey;
import io.pallium.objectstore.row.RowStore;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/// Rows and segments in one table with the families `r` and `s`.
///
/// | | row key | cells |
/// |---|---|---|
/// | a row | `r`, 8 hexadecimal digits of the partition's SHA-256, the partition, `\0`, the name | `r:stamp`, `r:value` |
/// | a segment | `s`, the upload, `/`, the number in 8 hexadecimal digits | `s:bytes` |
///
/// Hash and upload spread the keys over all nodes. All cells have the timestamp 0, so that no clock
/// decides which is the newest: a later write takes the place of an earlier one. Rows are changed
/// by check-and-mutate only.
public final class BigtableRows implements RowStore {
  static final String ROW_FAMILY = "r";
  static final String SEGMENT_FAMILY = "s";
  private static final String STAMP = "stamp";
  private static final String VALUE = "value";
  private static final String BYTES = "bytes";
  private static final int HASH_BYTES = 4;

  private final BigtableDataClient client;
  private final TableId table;

  private BigtableRows(BigtableDataClient client, TableId table) {
    this.client = client;
    this.table = table;
  }

  /// Connects, and makes sure that the table is there as it should be.
  ///
  /// @throws StoreException if it cannot be used, and what to do
  public static BigtableRows open(BigtableConfig config) {
    BigtableTables.require(config);
    return new BigtableRows(BigtableClients.data(config), TableId.of(config.table()));
  }

  @Override
  public Optional<Row> read(RowKey key) {
    return readRow("read row " + key, keyOf(key)).map(BigtableRows::rowOf);
  }

  @Override
  public List<NamedRow> scan(String partition, String from, int maxRows) {
    ByteString start = keyOf(new RowKey(partition, from));
    ByteString end = prefixOf(partition).concat(ByteString.copyFrom(new byte[] {(byte) 0xff}));
    Query query =
        Query.create(table)
            .range(ByteStringRange.create(start, end))
            .filter(Filters.FILTERS.limit().cellsPerColumn(1))
            .limit(maxRows);
    List<NamedRow> found = new ArrayList<>();
    int nameOffset = prefixOf(partition).size();
    for (var row : await("scan " + partition, client.readRowsCallable().all().futureCall(query))) {
      found.add(new NamedRow(row.getKey().substring(nameOffset).toStringUtf8(), rowOf(row)));
    }
    return found;
  }

  @Override
  public boolean swap(RowKey key, @Nullable String expectedStamp, @Nullable Row next) {
    Mutation change = Mutation.create().deleteRow();
    if (next != null) {
      change =
          change
              .setCell(ROW_FAMILY, bytes(STAMP), 0, bytes(next.stamp()))
              .setCell(ROW_FAMILY, bytes(VALUE), 0, ByteString.copyFrom(next.value()));
    }
    var stamp =
        Filters.FILTERS
            .chain()
            .filter(Filters.FILTERS.family().exactMatch(ROW_FAMILY))
            .filter(Filters.FILTERS.qualifier().exactMatch(STAMP))
            .filter(Filters.FILTERS.limit().cellsPerColumn(1));
    ConditionalRowMutation mutation = ConditionalRowMutation.create(table, keyOf(key));
    if (expectedStamp == null) {
      mutation = mutation.condition(stamp).otherwise(change);
    } else {
      mutation =
          mutation
              .condition(stamp.filter(Filters.FILTERS.value().exactMatch(expectedStamp)))
              .then(change);
    }
    boolean isMatched = await("swap row " + key, client.checkAndMutateRowAsync(mutation));
    return isMatched == (expectedStamp != null);
  }

  @Override
  public void writeSegment(String upload, int index, byte[] content) {
    awaitDone(
        "write segment " + index + " of " + upload,
        client.mutateRowAsync(
            RowMutation.create(table, keyOf(upload, index))
                .setCell(SEGMENT_FAMILY, bytes(BYTES), 0, ByteString.copyFrom(content))));
  }

  @Override
  public Optional<byte[]> readSegment(String upload, int index) {
    return readRow("read segment " + index + " of " + upload, keyOf(upload, index))
        .map(row -> cell(row, SEGMENT_FAMILY, BYTES).toByteArray());
  }

  @Override
  public void deleteSegment(String upload, int index) {
    awaitDone(
        "delete segment " + index + " of " + upload,
        client.mutateRowAsync(RowMutation.create(table, keyOf(upload, index)).deleteRow()));
  }

  @Override
  public void close() {
    client.close();
  }

  private Optional<com.google.cloud.bigtable.data.v2.models.Row> readRow(
      String what, ByteString key) {
    return Optional.ofNullable(
        awaitNullable(
            what, client.readRowAsync(table, key, Filters.FILTERS.limit().cellsPerColumn(1))));
  }

  private static Row rowOf(com.google.cloud.bigtable.data.v2.models.Row row) {
    return new Row(
        cell(row, ROW_FAMILY, STAMP).toStringUtf8(), cell(row, ROW_FAMILY, VALUE).toByteArray());
  }

  private static ByteString cell(
      com.google.cloud.bigtable.data.v2.models.Row row, String family, String qualifier) {
    List<RowCell> cells = row.getCells(family, qualifier);
    if (cells.isEmpty()) {
      throw new StoreException(
          StoreException.Kind.CORRUPT,
          "bigtable: row " + row.getKey().toStringUtf8() + " lacks " + family + ":" + qualifier);
    }
    return cells.getFirst().getValue();
  }

  private static ByteString keyOf(RowKey key) {
    return prefixOf(key.partition()).concat(bytes(key.name()));
  }

  private static ByteString prefixOf(String partition) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(partition.getBytes(StandardCharsets.US_ASCII));
      return bytes("r" + HexFormat.of().formatHex(hash, 0, HASH_BYTES) + partition + "\0");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("BUG: every JDK has SHA-256", e);
    }
  }

  private static ByteString keyOf(String upload, int index) {
    return bytes("s" + upload + "/" + HexFormat.of().toHexDigits(index));
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFrom(text, StandardCharsets.US_ASCII);
  }

  private static <T> T await(String what, ApiFuture<T> answer) {
    return Objects.requireNonNull(awaitNullable(what, answer));
  }

  private static void awaitDone(String what, ApiFuture<Void> answer) {
    Void unused = awaitNullable(what, answer);
  }

  /// The driver's blocking calls do not end on an interrupt.
  private static <T> @Nullable T awaitNullable(String what, ApiFuture<T> answer) {
    try {
      return answer.get();
    } catch (InterruptedException e) {
      answer.cancel(true);
      throw StoreException.canceled(what, e);
    } catch (ExecutionException e) {
      throw BigtableErrors.of(what, Objects.requireNonNullElse(e.getCause(), e));
    }
  }
}
