package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.objectstore.ObjectStore;
import io.pallium.testkit.process.TestProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A directory whose writer is killed, or cannot write on.
@Tag("system")
class KilledFileWriterTest extends KilledWriterContract {
  private static final int MAX_FILE_KIB = 2048;

  @Override
  List<String> flags() {
    return List.of(
        "--storage.filesystem.directory=" + work.resolve("objects"),
        "--storage.filesystem.create-if-missing=true");
  }

  @Override
  long largeBytes() {
    return 20 << 20;
  }

  /// The kernel refuses to write a file that becomes too large, in its midst, as a full disk does.
  @Test
  void putsThatTheDiskEndsLeaveNothing() throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of("bash", "-c", "ulimit -f " + MAX_FILE_KIB + "; exec \"$@\"", "bash"));
    command.addAll(StoreWriter.command(StoreWriter.WRITE, largeBytes(), 0, "128m", flags()));
    Map<String, NameModel> models = models();
    try (TestProcess writer = StoreWriter.start(work, command)) {
      String failure =
          writer.awaitOutput(
              Pattern.compile("failed \\S+ \\d+ ([^\n]*)\n(?:.*\n)*done \\S+ \\d+ 30\n"),
              0,
              TIMEOUT);
      assertThat(failure).contains("File too large");
      writer.kill();
      follow(writer.output(), models);
    }
    try (ObjectStore store = StoreWriter.open(flags())) {
      assertListing(store, models);
      assertThat(store.objects(""))
          .allMatch(object -> object.lengthBytes() <= MAX_FILE_KIB * 1024L);
    }
    try (Stream<Path> puts = Files.list(work.resolve("objects/#put"))) {
      // The lock, and at most one per thread that was writing when it was killed.
      assertThat(puts).hasSizeLessThanOrEqualTo(1 + StoreWriter.WRITERS);
    }
  }
}
