package io.pallium.server.tool;

import io.pallium.tsdb.block.Ulid;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Finds blocks: in a data directory of Pallium (`blocks/<tenant>/<ulid>`), one of Prometheus
/// (`<ulid>`), a bucket (`<tenant>/<ulid>`), or a single block. Reads only.
final class BlockFolders {
  private BlockFolders() {}

  /// The directory of a block.
  ///
  /// @param tenant empty where there are none
  record Found(String tenant, Path directory) {}

  /// The blocks below a directory, by tenant, then by name.
  ///
  /// @throws IOException if there are none, saying what was looked for
  static List<Found> in(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new IOException(directory + " is no directory");
    }
    if (Files.exists(directory.resolve("meta.json"))) {
      return List.of(new Found("", directory));
    }
    List<Found> found = ofTenant("", directory);
    if (found.isEmpty()) {
      Path blocks = directory.resolve("blocks");
      for (Path tenant : folders(Files.isDirectory(blocks) ? blocks : directory)) {
        found.addAll(ofTenant(tenant.getFileName().toString(), tenant));
      }
    }
    if (found.isEmpty()) {
      throw new IOException(
          directory
              + " has no blocks: no meta.json, no folder named by a ULID, and none in its folders"
              + " or in those of blocks/");
    }
    return found;
  }

  private static List<Found> ofTenant(String tenant, Path directory) throws IOException {
    List<Found> found = new ArrayList<>();
    for (Path folder : folders(directory)) {
      if (Ulid.isValid(folder.getFileName().toString())) {
        found.add(new Found(tenant, folder));
      }
    }
    return found;
  }

  private static List<Path> folders(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.filter(Files::isDirectory).sorted().toList();
    }
  }
}
