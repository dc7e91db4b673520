package io.pallium.server.config;

import io.pallium.base.config.Doc;
import java.nio.file.Path;

/// A store for objects in a directory.
public record FilesystemConfig(
    @Doc(
            "The directory of the store; empty takes the folder `objects` of `storage.directory`,"
                + " which is made if it is not there, and which other processes do not read.")
        Path directory,
    @Doc("Whether a directory that is named here is made if it does not exist.")
        boolean createIfMissing) {
  public static FilesystemConfig defaults() {
    return new FilesystemConfig(Path.of(""), false);
  }
}
