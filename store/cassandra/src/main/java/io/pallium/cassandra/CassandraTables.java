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

  /// Checks the tables. If one is missing, keyspace and tables are made, if the configuration
  /// allows it and no other table is in the way.
  ///
  /// @throws StoreException `MISCONFIGURED` with what is missing and the statements that make it
  static void require(CqlSession session, CassandraConfig config) {
    List<String> missing =
        COLUMNS.keySet().stream()
            .sorted()
            .filter(table -> isMissing(session, config, table))
            .toList();
    if (missing.isEmpty()) {
      return;
    }
    List<String> statements = statements(config);
    if (!config.createIfMissing()) {
      throw new StoreException(
          StoreException.Kind.MISCONFIGURED,
          "cassandra has no table "
              + config.keyspace()
              + "."
              + missing.getFirst()
              + "; make it, or set create_if_missing: "
              + String.join("; ", statements));
    }
    statements.forEach(session::execute);
  }

  /// @throws StoreException if there is another table of that name
  private static boolean isMissing(CqlSession session, CassandraConfig config, String table) {
    Map<String, String> wanted = new TreeMap<>(COLUMNS.getOrDefault(table, Map.of()));
    Map<String, String> found = columns(session, config.keyspace(), table);
    if (!found.isEmpty() && !found.equals(wanted)) {
      throw new StoreException(
          StoreException.Kind.MISCONFIGURED,
          "table "
              + config.keyspace()
              + "."
              + table
              + " is another than Pallium's: it has "
              + found
              + ", not "
              + wanted);
    }
    return found.isEmpty();
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
