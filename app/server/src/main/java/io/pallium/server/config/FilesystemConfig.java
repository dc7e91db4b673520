package io.pallium.server.config;

import io.pallium.base.config.Doc;
import java.nio.file.Path;

/// A store for objects in a directory.
public record FilesystemConfig(
    @Doc(
            "The directory of the store; empty takes the folder `objects` of `storage.directory`,"
                + " which only a process with target `all` uses.")
        Path directory) {
  public static FilesystemConfig defaults() {
    return new FilesystemConfig(Path.of(""));
  }
}
