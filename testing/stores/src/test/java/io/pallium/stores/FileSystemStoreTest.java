package io.pallium.stores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pallium.objectstore.FileSystemStore;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.PutCondition;
import io.pallium.objectstore.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSystemStoreTest extends ObjectStoreContract {
  @TempDir Path directory;

  @Override
  ObjectStore opened() {
    return new FileSystemStore(directory, false);
  }

  @Test
  void objectIsAFileUnderItsName() throws IOException {
    opened().put("tenant/block/index", Contents.text("postings"));

    assertThat(directory.resolve("tenant/block/index")).hasContent("postings");
  }

  @Test
  void foldersGoWithTheirLastObject() {
    ObjectStore store = opened();
    store.put("tenant/block/index", Contents.text("x"));
    store.put("tenant/other", Contents.text("x"));

    store.delete("tenant/block/index");

    assertThat(directory.resolve("tenant/block")).doesNotExist();
    assertThat(directory.resolve("tenant/other")).exists();
    store.delete("tenant/other");
    assertThat(directory.resolve("tenant")).doesNotExist();
    assertThat(directory).exists();
  }

  @Test
  void nameCannotBeAFolderOfAnother() {
    ObjectStore store = opened();
    store.put("a/b", Contents.text("x"));

    assertThatThrownBy(() -> store.put("a", Contents.text("x")))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("folder of another");
    assertThatThrownBy(() -> store.put("a/b/c", Contents.text("x")))
        .isInstanceOf(StoreException.class);
    assertThat(store.attributes("a")).isEmpty();
    assertThat(store.attributes("a/b/c")).isEmpty();
    assertThatThrownBy(() -> store.read("a", 0, 1)).hasMessageContaining("no object");
    assertThatThrownBy(() -> store.read("a/b/c", 0, 1)).hasMessageContaining("no object");
  }

  @Test
  void whatAKilledProcessLeftGoesAfterADay() throws IOException {
    opened().put("object", Contents.text("x"));
    Path old = Files.writeString(directory.resolve("#put/old"), "half an object");
    Path fresh = Files.writeString(directory.resolve("#put/fresh"), "half an object");
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(2))));

    ObjectStore store = opened();
    store.delete("object");

    assertThat(old).doesNotExist();
    assertThat(fresh).exists();
    assertThat(store.objects("")).isEmpty();
  }

  @Test
  void foldersThatAKilledProcessLeftEmptyAreNotListed() throws IOException {
    ObjectStore store = opened();
    store.put("tenant/block/index", Contents.text("x"));
    Files.createDirectories(directory.resolve("tenant/killed/chunks"));
    Files.createDirectories(directory.resolve("killed/block"));

    assertThat(store.folders("")).containsExactly("tenant/");
    assertThat(store.folders("tenant/")).containsExactly("tenant/block/");
    store.put("killed/block/index", Contents.text("y"));
    assertThat(store.folders("")).containsExactly("killed/", "tenant/");
  }

  @Test
  void storesOfOneDirectoryAgreeWhoCreates() {
    AtomicInteger winners = new AtomicInteger();

    Parallel.run(
        4,
        i -> {
          try (ObjectStore store = opened()) {
            for (int j = 0; j < 20; j++) {
              var version =
                  store.put("folder/" + j, Contents.text("writer " + i), PutCondition.IF_ABSENT);
              version.ifPresent(_ -> winners.incrementAndGet());
            }
          }
        });

    assertThat(winners).hasValue(20);
  }

  @Test
  void directoryThatCannotBeUsedIsRefused() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));

    assertThatThrownBy(() -> new FileSystemStore(file, true))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.MISCONFIGURED));
  }

  @Test
  void directoryIsMadeOnlyIfThatIsAllowedAndNothingInItBeforeThereIsAnObject() throws IOException {
    Path missing = directory.resolve("a/b");

    assertThatThrownBy(() -> new FileSystemStore(missing, false))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.MISCONFIGURED))
        .hasMessageContaining("create_if_missing");
    assertThat(directory).isEmptyDirectory();
    try (ObjectStore store = new FileSystemStore(missing, true)) {
      assertThat(store.objects("")).isEmpty();
      assertThat(store.attributes("a")).isEmpty();
      assertThat(missing).isEmptyDirectory();
      store.put("a", Contents.text("x"));
      assertThat(missing.resolve("a")).exists();
    }
  }
}
