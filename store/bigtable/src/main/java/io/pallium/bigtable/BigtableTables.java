package io.pallium.bigtable;

import com.google.api.gax.rpc.ApiException;
import com.google.api.gax.rpc.NotFoundException;
import com.google.cloud.bigtable.admin.v2.BigtableTableAdminClient;
import com.google.cloud.bigtable.admin.v2.models.ColumnFamily;
import com.google.cloud.bigtable.admin.v2.models.CreateTableRequest;
import com.google.cloud.bigtable.admin.v2.models.GCRules;
import io.pallium.objectstore.StoreException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// The table that [BigtableRows] needs.
final class BigtableTables {
  private static final Set<String> FAMILIES =
      Set.of(BigtableRows.ROW_FAMILY, BigtableRows.SEGMENT_FAMILY);

  private BigtableTables() {}

  /// Checks the table, and makes it if the configuration allows it.
  static void require(BigtableConfig config) {
    try (BigtableTableAdminClient admin = BigtableClients.admin(config)) {
      List<ColumnFamily> found = admin.getTable(config.table()).getColumnFamilies();
      Set<String> names =
          found.stream().map(ColumnFamily::getId).collect(Collectors.toUnmodifiableSet());
      if (!names.containsAll(FAMILIES)) {
        throw new StoreException(
            StoreException.Kind.MISCONFIGURED,
            "table "
                + config.table()
                + " is another than Pallium's: it has the families "
                + names
                + ", not r and s");
      }
    } catch (NotFoundException e) {
      if (!config.createIfMissing()) {
        throw new StoreException(
            StoreException.Kind.MISCONFIGURED,
            "bigtable has no table "
                + config.table()
                + " in instance "
                + config.instance()
                + "; make it with the families r and s, each with one version, or set"
                + " create_if_missing: "
                + e.getMessage(),
            e);
      }
      create(config);
    } catch (ApiException e) {
      throw BigtableErrors.of("open table " + config.table(), e);
    }
  }

  private static void create(BigtableConfig config) {
    CreateTableRequest request = CreateTableRequest.of(config.table());
    for (String family : FAMILIES) {
      request.addFamily(family, GCRules.GCRULES.maxVersions(1));
    }
    try (BigtableTableAdminClient admin = BigtableClients.admin(config)) {
      var unused = admin.createTable(request);
    } catch (ApiException e) {
      throw BigtableErrors.of("create table " + config.table(), e);
    }
  }
}
