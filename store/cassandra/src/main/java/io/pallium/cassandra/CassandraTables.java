package io.pallium.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import io.pallium.objectstore.StoreException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The tables that [CassandraRows] needs.
final class CassandraTables {
  private static final String ROWS = "pallium_rows";
  private static final String SEGMENTS = "pallium_segments";

  /// By table, by column: its kind and type.
  private static final Map<String, Map<String, String>> COLUMNS =
      Map.of(
          ROWS,
          Map.of(
              "partition", "partition_key text",
              "name", "clustering text",
              "stamp", "regular text",
              "value", "regular blob"),
          SEGMENTS,
          Map.of(
              "upload", "partition_key text",
              "number", "partition_key int",
              "bytes", "regular blob"));

  private CassandraTables() {}

  /// Checks keyspace and tables, and makes them if the configuration allows it.
  ///
  /// @throws StoreException `MISCONFIGURED` with what is missing and the statements that make it
  static void require(CqlSession session, CassandraConfig config) {
    List<String> statements = statements(config);
    if (config.createIfMissing()) {
      statements.forEach(session::execute);
    }
    for (var table : COLUMNS.entrySet()) {
      Map<String, String> found = columns(session, config.keyspace(), table.getKey());
      if (found.isEmpty()) {
        throw new StoreException(
            StoreException.Kind.MISCONFIGURED,
            "cassandra has no table "
                + config.keyspace()
                + "."
                + table.getKey()
                + "; make it, or set create_if_missing: "
                + String.join("; ", statements));
      }
      if (!found.equals(table.getValue())) {
        throw new StoreException(
            StoreException.Kind.MISCONFIGURED,
            "table "
                + config.keyspace()
                + "."
                + table.getKey()
                + " is another than Pallium's: it has "
                + found
                + ", not "
                + new TreeMap<>(table.getValue()));
      }
    }
  }

  private static Map<String, String> columns(CqlSession session, String keyspace, String table) {
    Map<String, String> columns = new TreeMap<>();
    session
        .execute(
            "SELECT column_name, kind, type FROM system_schema.columns"
                + " WHERE keyspace_name = ? AND table_name = ?",
            keyspace,
            table)
        .forEach(
            row ->
                columns.put(
                    String.valueOf(row.getString("column_name")),
                    row.getString("kind") + " " + row.getString("type")));
    return columns;
  }

  private static List<String> statements(CassandraConfig config) {
    String keyspace = config.keyspace();
    return List.of(
        "CREATE KEYSPACE IF NOT EXISTS "
            + keyspace
            + " WITH replication = {'class': 'NetworkTopologyStrategy', '"
            + config.localDatacenter().replace("'", "''")
            + "': "
            + config.replicationFactor()
            + "}",
        "CREATE TABLE IF NOT EXISTS "
            + keyspace
            + "."
            + ROWS
            + " (partition text, name text, stamp text, value blob, PRIMARY KEY (partition, name))",
        // What is in blocks is compressed already.
        "CREATE TABLE IF NOT EXISTS "
            + keyspace
            + "."
            + SEGMENTS
            + " (upload text, number int, bytes blob, PRIMARY KEY ((upload, number)))"
            + " WITH compression = {'enabled': 'false'}");
  }
}
