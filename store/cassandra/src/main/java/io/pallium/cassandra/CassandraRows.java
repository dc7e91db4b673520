package io.pallium.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.cql.Statement;
import com.datastax.oss.protocol.internal.util.Bytes;
import io.pallium.objectstore.StoreException;
import io.pallium.objectstore.row.NamedRow;
import io.pallium.objectstore.row.Row;
import io.pallium.objectstore.row.RowKey;
import io.pallium.objectstore.row.RowStore;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/// Rows and segments in two tables of a keyspace.
///
/// ```
/// pallium_rows      (partition text, name text, stamp text, value blob,  PRIMARY KEY (partition, name))
/// pallium_segments  (upload text, number int, bytes blob,                PRIMARY KEY ((upload, number)))
/// ```
///
/// Rows are written by lightweight transactions only; a plain write beside them could win by its
/// timestamp. Reads are quorum reads, which see every transaction that was answered; after a
/// transaction without an answer the row is read at the serial level, which completes or ends it.
/// Segments are written plainly: each is written by one writer, once, and is a partition of its
/// own.
public final class CassandraRows implements RowStore {
  private final CqlSession session;
  private final PreparedStatement read;
  private final PreparedStatement readBack;
  private final PreparedStatement scan;
  private final PreparedStatement create;
  private final PreparedStatement replace;
  private final PreparedStatement remove;
  private final PreparedStatement writeSegment;
  private final PreparedStatement readSegment;
  private final PreparedStatement deleteSegment;

  private CassandraRows(CqlSession session, CassandraConfig config) {
    this.session = session;
    Levels levels = Levels.of(config);
    String rows = " " + config.keyspace() + ".pallium_rows ";
    String row = " WHERE partition = ? AND name = ?";
    read = prepare("SELECT stamp, value FROM" + rows + row, levels.plain(), levels, true);
    readBack = prepare("SELECT stamp, value FROM" + rows + row, levels.serial(), levels, true);
    scan =
        prepare(
            "SELECT name, stamp, value FROM" + rows + "WHERE partition = ? AND name >= ? LIMIT ?",
            levels.plain(),
            levels,
            true);
    create =
        prepare(
            "INSERT INTO"
                + rows
                + "(stamp, value, partition, name) VALUES (?, ?, ?, ?) IF NOT EXISTS",
            levels.plain(),
            levels,
            false);
    replace =
        prepare(
            "UPDATE" + rows + "SET stamp = ?, value = ?" + row + " IF stamp = ?",
            levels.plain(),
            levels,
            false);
    remove = prepare("DELETE FROM" + rows + row + " IF stamp = ?", levels.plain(), levels, false);
    String segments = " " + config.keyspace() + ".pallium_segments ";
    String segment = " WHERE upload = ? AND number = ?";
    writeSegment =
        prepare(
            "INSERT INTO" + segments + "(upload, number, bytes) VALUES (?, ?, ?)",
            levels.plain(),
            levels,
            true);
    readSegment = prepare("SELECT bytes FROM" + segments + segment, levels.plain(), levels, true);
    deleteSegment = prepare("DELETE FROM" + segments + segment, levels.plain(), levels, true);
  }

  /// Connects, and makes sure that the tables are there as they should be.
  ///
  /// @throws StoreException if they cannot be used, and what to do
  public static CassandraRows open(CassandraConfig config) {
    CqlSession session = CassandraSessions.open(config);
    try {
      CassandraTables.require(session, config);
      return new CassandraRows(session, config);
    } catch (RuntimeException e) {
      session.close();
      throw CassandraErrors.of("open keyspace " + config.keyspace(), e);
    }
  }

  /// The levels of the configuration in the driver's words.
  private record Levels(DefaultConsistencyLevel plain, DefaultConsistencyLevel serial) {
    static Levels of(CassandraConfig config) {
      return new Levels(
          DefaultConsistencyLevel.valueOf(config.consistency().name()),
          DefaultConsistencyLevel.valueOf(config.serialConsistency().name()));
    }
  }

  private PreparedStatement prepare(
      String query, DefaultConsistencyLevel level, Levels levels, boolean isIdempotent) {
    return session.prepare(
        SimpleStatement.newInstance(query)
            .setConsistencyLevel(level)
            .setSerialConsistencyLevel(levels.serial())
            .setIdempotent(isIdempotent));
  }

  @Override
  public Optional<Row> read(RowKey key) {
    return read(key, read);
  }

  @Override
  public Optional<Row> readBack(RowKey key) {
    return read(key, readBack);
  }

  private Optional<Row> read(RowKey key, PreparedStatement statement) {
    var row = execute("read row " + key, statement.bind(key.partition(), key.name())).one();
    return row == null ? Optional.empty() : Optional.of(rowOf(row));
  }

  private static Row rowOf(com.datastax.oss.driver.api.core.cql.Row row) {
    return new Row(
        Objects.requireNonNull(row.getString("stamp")), bytesOf(row.getByteBuffer("value")));
  }

  private static byte[] bytesOf(@Nullable ByteBuffer value) {
    return value == null ? new byte[0] : Bytes.getArray(value);
  }

  @Override
  public List<NamedRow> scan(String partition, String from, int maxRows) {
    String what = "scan " + partition;
    List<NamedRow> found = new ArrayList<>();
    AsyncResultSet page = execute(what, scan.bind(partition, from, maxRows));
    while (true) {
      for (var row : page.currentPage()) {
        found.add(new NamedRow(Objects.requireNonNull(row.getString("name")), rowOf(row)));
      }
      if (!page.hasMorePages()) {
        return found;
      }
      page = await(what, page.fetchNextPage());
    }
  }

  @Override
  public boolean swap(RowKey key, @Nullable String expectedStamp, @Nullable Row next) {
    BoundStatement statement;
    if (next == null) {
      statement =
          remove.bind(
              key.partition(), key.name(), Objects.requireNonNull(expectedStamp, "removed row"));
    } else {
      ByteBuffer value = ByteBuffer.wrap(next.value());
      statement =
          expectedStamp == null
              ? create.bind(next.stamp(), value, key.partition(), key.name())
              : replace.bind(next.stamp(), value, key.partition(), key.name(), expectedStamp);
    }
    return execute("swap row " + key, statement).wasApplied();
  }

  @Override
  public void writeSegment(String upload, int index, byte[] bytes) {
    AsyncResultSet unused =
        execute(
            "write segment " + index + " of " + upload,
            writeSegment.bind(upload, index, ByteBuffer.wrap(bytes)));
  }

  @Override
  public Optional<byte[]> readSegment(String upload, int index) {
    var row =
        execute("read segment " + index + " of " + upload, readSegment.bind(upload, index)).one();
    return row == null ? Optional.empty() : Optional.of(bytesOf(row.getByteBuffer("bytes")));
  }

  @Override
  public void deleteSegment(String upload, int index) {
    AsyncResultSet unused =
        execute("delete segment " + index + " of " + upload, deleteSegment.bind(upload, index));
  }

  @Override
  public void close() {
    session.close();
  }

  private AsyncResultSet execute(String what, Statement<?> statement) {
    return await(what, session.executeAsync(statement));
  }

  /// The driver's blocking calls do not end on an interrupt.
  private static AsyncResultSet await(String what, CompletionStage<AsyncResultSet> answer) {
    CompletableFuture<AsyncResultSet> future = answer.toCompletableFuture();
    try {
      return future.get();
    } catch (InterruptedException e) {
      future.cancel(true);
      throw StoreException.canceled(what, e);
    } catch (ExecutionException e) {
      throw CassandraErrors.of(what, Objects.requireNonNullElse(e.getCause(), e));
    }
  }
}
