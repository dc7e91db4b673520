package io.pallium.tsdb.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// What every implementation of [DurableFiles] does.
abstract class DurableFilesContract {
  abstract DurableFiles files();

  /// A directory whose parent exists.
  abstract Path directory();

  final Path create(String name, String content) throws IOException {
    files().createDirectories(directory());
    Path path = directory().resolve(name);
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    try (AppendFile file = files().create(path)) {
      file.writeFully(bytes, 0, bytes.length);
      assertThat(file.lengthBytes()).isEqualTo(bytes.length);
      file.force();
    }
    return path;
  }

  static String read(DurableFiles files, Path path) throws IOException {
    try (ReadFile file = files.openRead(path)) {
      byte[] bytes = new byte[(int) file.lengthBytes()];
      int done = 0;
      while (done < bytes.length) {
        done += file.read(done, bytes, done, bytes.length - done);
      }
      assertThat(file.read(done, new byte[1], 0, 1)).isNotPositive();
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  @Test
  void readsWhatWasAppended() throws IOException {
    String content = "pallium ".repeat(100_000);
    Path path = create("a", content);

    assertThat(read(files(), path)).isEqualTo(content);
    try (Arena arena = Arena.ofConfined()) {
      byte[] mapped = files().map(path, arena).toArray(ValueLayout.JAVA_BYTE);
      assertThat(new String(mapped, StandardCharsets.UTF_8)).isEqualTo(content);
    }
  }

  @Test
  void readsInTheMiddle() throws IOException {
    Path path = create("a", "0123456789");

    try (ReadFile file = files().openRead(path)) {
      byte[] target = new byte[5];
      assertThat(file.read(7, target, 1, 4)).isEqualTo(3);
      assertThat(target).containsExactly(0, '7', '8', '9', 0);
    }
  }

  @Test
  void refusesToCreateWhatExistsAndToReadWhatDoesNot() throws IOException {
    Path path = create("a", "x");

    assertThatThrownBy(() -> files().create(path)).isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(() -> files().openRead(directory().resolve("b")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void renamesFilesAndDirectoriesAndReplacesFiles() throws IOException {
    Path a = create("a", "new");
    Path b = create("b", "old");

    files().rename(a, b);

    assertThat(read(files(), b)).isEqualTo("new");
    Path moved = directory().resolveSibling("moved");
    files().rename(directory(), moved);
    assertThat(files().list(moved)).containsExactly("b");
    assertThat(files().exists(directory())).isFalse();
  }

  @Test
  void listsNamesInOrderAndNothingOfWhatIsNotThere() throws IOException {
    create("b", "");
    create("a", "");
    files().createDirectories(directory().resolve("c").resolve("d"));

    assertThat(files().list(directory())).containsExactly("a", "b", "c");
    assertThat(files().list(directory().resolve("absent"))).isEmpty();
    files().forceDirectory(directory());
  }

  @Test
  void deletesFilesWholeDirectoriesAndWhatIsNotThere() throws IOException {
    Path path = create("a", "x");
    files().delete(path);
    files().delete(path);
    assertThat(files().exists(path)).isFalse();

    create("a", "x");
    files().createDirectories(directory().resolve("c").resolve("d"));
    files().delete(directory());

    assertThat(files().exists(directory())).isFalse();
  }

  @Test
  void cutsFilesAndNeverMakesThemLonger() throws IOException {
    Path path = create("a", "0123456789");

    files().truncate(path, 4);
    assertThat(read(files(), path)).isEqualTo("0123");

    files().truncate(path, 9);
    assertThat(read(files(), path)).isEqualTo("0123");
  }

  @Test
  void locksOnceUntilTheLockIsClosed() throws IOException {
    files().createDirectories(directory());
    Path path = directory().resolve("lock");

    try (Closeable _ = files().lock(path)) {
      assertThatThrownBy(() -> files().lock(path))
          .isInstanceOf(FileLockedException.class)
          .hasMessageContaining(path.toString());
    }

    files().lock(path).close();
  }

  @Test
  void knowsTheFreeSpace() throws IOException {
    create("a", "x");

    assertThat(files().freeBytes(directory())).isPositive();
  }
}
