package io.pallium.bigtable;

import io.pallium.base.config.DataSize;
import io.pallium.base.config.Doc;
import io.pallium.objectstore.row.SegmentedConfig;

/// A table and how to reach it.
public record BigtableConfig(
    @Doc("The Google Cloud project.") String project,
    @Doc("The instance of Bigtable.") String instance,
    @Doc("The table.") String table,
    @Doc(
            "The app profile; it must route to a single cluster and allow single-row transactions."
                + " Empty for the instance's default.")
        String appProfile,
    @Doc(
            "A file with the key of a service account (JSON); empty to take what the machine has, as"
                + " Google's tools do.")
        String credentialsFile,
    @Doc("The address of an emulator, `127.0.0.1:8086`; empty for Google's own.") String emulator,
    @Doc("Whether table and families are made if they do not exist.") boolean createIfMissing,
    @Doc("How objects are kept in rows.") SegmentedConfig segments) {

  public static BigtableConfig defaults() {
    return new BigtableConfig(
        "", "", "pallium", "", "", "", false, SegmentedConfig.of(DataSize.ofMebibytes(1)));
  }
}
