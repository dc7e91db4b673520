package io.pallium.tsdb.file;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class LocalDurableFilesTest extends DurableFilesContract {
  private final Path directory;

  LocalDurableFilesTest(@TempDir Path directory) {
    this.directory = directory.resolve("x").resolve("y");
  }

  @Override
  DurableFiles files() {
    return new LocalDurableFiles();
  }

  @Override
  Path directory() {
    return directory;
  }
}
