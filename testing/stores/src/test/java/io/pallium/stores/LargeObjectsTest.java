package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// An object that is larger than all of the memory of the process goes to each store and back: what
/// is held of it is bounded. A gigabyte in the long form.
@Tag("system")
class LargeObjectsTest {
  private static final String MEMORY = "-Xmx112m";
  private static final long LENGTH_BYTES = ObjectStoreContract.IS_LONG ? 1L << 30 : 192L << 20;

  @TempDir Path work;

  @ParameterizedTest
  @EnumSource(StoreKind.class)
  void objectLargerThanTheHeapIsCopiedThereAndBack(StoreKind kind) throws Exception {
    Path file = work.resolve("object");
    try (InputStream content = new Pattern(LENGTH_BYTES).open()) {
      long unused = Files.copy(content, file);
    }
    if (kind == StoreKind.FILESYSTEM) {
      copyThereAndBack(
          file,
          List.of(
              "--storage.filesystem.directory=" + work.resolve("store"),
              "--storage.filesystem.create-if-missing=true"));
    } else {
      try (RunningStore store = kind.start(work)) {
        copyThereAndBack(file, store.flags());
      }
    }
  }

  private void copyThereAndBack(Path file, List<String> flags) throws Exception {
    StoreTool tool = new StoreTool(work, MEMORY);
    Path back = work.resolve("back");

    tool.copy(flags, file.toString(), "store:tenant/block/chunks");
    tool.copy(flags, "store:tenant/block/chunks", back.toString());

    assertThat(Files.mismatch(file, back)).isEqualTo(-1);
  }
}
