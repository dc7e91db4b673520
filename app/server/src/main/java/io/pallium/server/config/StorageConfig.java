package io.pallium.server.config;

import io.pallium.base.config.Doc;
import java.nio.file.Path;

/// Where data is kept.
public record StorageConfig(
    @Doc("The directory that holds the log and the blocks; made if it is not there.")
        Path directory) {
  public static StorageConfig defaults() {
    return new StorageConfig(Path.of("./data"));
  }
}
