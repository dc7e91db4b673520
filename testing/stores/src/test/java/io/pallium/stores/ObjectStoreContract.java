package io.pallium.stores;

import static io.pallium.stores.Contents.text;
import static io.pallium.stores.Contents.textOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.pallium.objectstore.Capability;
import io.pallium.objectstore.ListRequest;
import io.pallium.objectstore.ObjectAttributes;
import io.pallium.objectstore.ObjectContent;
import io.pallium.objectstore.ObjectPage;
import io.pallium.objectstore.ObjectRange;
import io.pallium.objectstore.ObjectStore;
import io.pallium.objectstore.PutCondition;
import io.pallium.objectstore.Retries;
import io.pallium.objectstore.RetryConfig;
import io.pallium.objectstore.StoreException;
import io.pallium.objectstore.StoreException.Kind;
import io.pallium.objectstore.layer.PrefixedStore;
import io.pallium.objectstore.layer.RetryingStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What every store promises. A store is tested by a subclass that says how to open it; each test
/// has a folder of its own in it.
abstract class ObjectStoreContract {
  static final boolean IS_LONG = Boolean.getBoolean("pallium.long");
  private static final String MARKS = "!-_.*'()=,@+:$&~%";

  private ObjectStore store;

  /// The store, open; the same for all tests of a class.
  abstract ObjectStore opened() throws Exception;

  /// A size that this store writes in several parts.
  int severalPartsBytes() {
    return 20 << 20;
  }

  /// False for a test server that checks the version first and writes then.
  boolean replacesInOneStep() {
    return true;
  }

  /// False for a test server that puts folders on more than one page.
  boolean pagesHaveFoldersOnce() {
    return true;
  }

  @BeforeEach
  void ownFolder() throws Exception {
    store = new PrefixedStore(opened(), "t-" + UUID.randomUUID());
  }

  @Test
  void whatIsNotThereIsNotFound() {
    assertKind(Kind.NOT_FOUND, () -> store.read("missing", 0, 10));
    assertKind(Kind.NOT_FOUND, () -> store.open("a/missing"));
    assertThat(store.attributes("missing")).isEmpty();
    assertThat(store.list(ListRequest.all("")).objects()).isEmpty();
    store.delete("missing");
  }

  @Test
  void emptyObjectIsAnObject() throws IOException {
    String version = store.put("empty", text(""));

    ObjectRange range = store.read("empty", 0, 10);
    assertThat(range.bytes()).isEmpty();
    assertThat(range.objectBytes()).isZero();
    assertThat(range.version()).isEqualTo(version);
    assertThat(store.attributes("empty").orElseThrow().lengthBytes()).isZero();
    assertThat(names("")).containsExactly("empty");
    try (InputStream in = store.open("empty")) {
      assertThat(in.readAllBytes()).isEmpty();
    }
  }

  @Test
  void rangesAreWhatWasWritten() {
    byte[] bytes = Contents.random(100_000);
    String version = store.put("object", ObjectContent.of(bytes));

    for (int[] range : new int[][] {{0, 1}, {0, 100_000}, {99_999, 1}, {65_535, 2}, {5, 0}}) {
      ObjectRange read = store.read("object", range[0], range[1]);
      assertThat(read.bytes())
          .as(Arrays.toString(range))
          .isEqualTo(Arrays.copyOfRange(bytes, range[0], range[0] + range[1]));
      assertThat(read.objectBytes()).isEqualTo(bytes.length);
      assertThat(read.version()).isEqualTo(version);
    }
  }

  @Test
  void rangesEndWithTheObject() {
    store.put("object", text("0123456789"));

    assertThat(store.read("object", 8, 100).bytes()).asString().isEqualTo("89");
    assertThat(store.read("object", 10, 100).bytes()).isEmpty();
    assertThat(store.read("object", 11, 1).objectBytes()).isEqualTo(10);
    assertThat(store.read("object", 1L << 40, 1).bytes()).isEmpty();
  }

  @Test
  void largeObjectIsWrittenInPartsAndReadInRanges() throws IOException {
    int length = severalPartsBytes() + 12_345;
    byte[] bytes = Contents.random(length);

    String version = store.put("large", ObjectContent.of(bytes));

    ObjectAttributes attributes = store.attributes("large").orElseThrow();
    assertThat(attributes.lengthBytes()).isEqualTo(length);
    assertThat(attributes.version()).isEqualTo(version);
    Random random = new Random(1);
    for (int i = 0; i < 20; i++) {
      int from = random.nextInt(length);
      int to = Math.min(length, from + random.nextInt(3 << 20));
      assertThat(
              Arrays.equals(
                  store.read("large", from, to - from).bytes(), 0, to - from, bytes, from, to))
          .as("from %d to %d", from, to)
          .isTrue();
    }
    try (InputStream in = store.open("large")) {
      assertThat(Arrays.equals(in.readAllBytes(), bytes)).isTrue();
    }
  }

  /// A gigabyte in the long form.
  @Test
  void objectIsStreamedBothWays() throws IOException {
    long length = IS_LONG ? (1L << 30) + 1 : 3L * severalPartsBytes() + 1;

    store.put("huge", new Pattern(length));

    assertThat(store.attributes("huge").orElseThrow().lengthBytes()).isEqualTo(length);
    try (InputStream expected = new Pattern(length).open();
        InputStream in = store.open("huge")) {
      for (long at = 0; at < length; at += 1 << 20) {
        assertThat(Arrays.equals(in.readNBytes(1 << 20), expected.readNBytes(1 << 20)))
            .as("at %d", at)
            .isTrue();
      }
    }
  }

  @Test
  void everyLegalCharacterIsKeptInNames() {
    List<String> names = new ArrayList<>();
    for (char c : (MARKS + "aZ09").toCharArray()) {
      names.add("name" + c + "name");
      names.add("before" + c);
      names.add(c + "behind/" + c + "/x" + c + c);
    }
    names.add("%41%2F%252e+%20");
    names.add("..a/...");
    names.add("n".repeat(200) + "/" + "m".repeat(200));
    names.removeIf(name -> List.of(name.split("/")).contains("."));
    for (String name : names) {
      store.put(name, text(name));
    }

    for (String name : names) {
      assertThat(textOf(store, name)).isEqualTo(name);
      assertThat(store.attributes(name)).as(name).isPresent();
    }
    Collections.sort(names);
    assertThat(names("")).isEqualTo(names);
    names.forEach(store::delete);
    assertThat(names("")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", "a b", "a\\b", "a\nb", "a\0b",
        "ä", "a?b", "a#b", "\u0001"
      })
  void illegalNamesAreRefused(String name) {
    assertKind(Kind.INVALID, () -> store.put(name, text("x")));
    assertKind(Kind.INVALID, () -> store.read(name, 0, 1));
    assertKind(Kind.INVALID, () -> store.delete(name));
    assertKind(Kind.INVALID, () -> store.attributes(name));
  }

  @Test
  void putReplacesWhole() {
    String first = store.put("object", text("the first version, which is longer"));
    String second = store.put("object", text("the second"));
    String same = store.put("object", text("the second"));

    assertThat(textOf(store, "object")).isEqualTo("the second");
    assertThat(second).isNotEqualTo(first);
    assertThat(store.attributes("object").orElseThrow().version()).isEqualTo(same);
    assertThat(names("")).containsExactly("object");
  }

  @Test
  void conditionalCreateNeedsAnUnusedName() {
    assertThat(store.put("object", text("first"), PutCondition.IF_ABSENT)).isPresent();
    assertThat(store.put("object", text("second"), PutCondition.IF_ABSENT)).isEmpty();
    assertThat(textOf(store, "object")).isEqualTo("first");

    store.delete("object");

    assertThat(store.put("object", text("third"), PutCondition.IF_ABSENT)).isPresent();
    assertThat(textOf(store, "object")).isEqualTo("third");
  }

  @Test
  void conditionalCreateOfALargeObjectIsRefusedToo() {
    byte[] bytes = Contents.random(severalPartsBytes());
    store.put("object", text("first"));

    assertThat(store.put("object", ObjectContent.of(bytes), PutCondition.IF_ABSENT)).isEmpty();

    assertThat(textOf(store, "object")).isEqualTo("first");
  }

  @Test
  void oneOfManyConcurrentCreatesSucceeds() {
    for (int round = 0; round < 5; round++) {
      String name = "contended-" + round;
      List<String> winners = Collections.synchronizedList(new ArrayList<>());
      Parallel.run(
          8,
          i -> {
            if (store.put(name, text("writer " + i), PutCondition.IF_ABSENT).isPresent()) {
              winners.add("writer " + i);
            }
          });

      assertThat(winners).hasSize(1);
      assertThat(textOf(store, name)).isEqualTo(winners.getFirst());
    }
  }

  @Test
  void replaceNeedsTheVersionThatItNames() {
    assumeThat(store.capabilities()).contains(Capability.REPLACE_IF_UNCHANGED);
    String first = store.put("object", text("first"));

    String second = replace("object", "second", first).orElseThrow();

    assertThat(replace("object", "third", first)).isEmpty();
    assertThat(textOf(store, "object")).isEqualTo("second");
    store.delete("object");
    assertThat(replace("object", "fourth", second)).isEmpty();
    assertThat(store.attributes("object")).isEmpty();
  }

  @Test
  void concurrentReplacesLoseNothing() {
    assumeThat(store.capabilities()).contains(Capability.REPLACE_IF_UNCHANGED);
    int threads = replacesInOneStep() ? 4 : 1;
    store.put("counter", text("0"));

    Parallel.run(
        threads,
        _ -> {
          for (int i = 0; i < 20 / threads; i++) {
            Optional<String> replaced = Optional.empty();
            while (replaced.isEmpty()) {
              ObjectRange now = store.read("counter", 0, 100);
              int next = Integer.parseInt(new String(now.bytes(), StandardCharsets.UTF_8)) + 1;
              replaced = replace("counter", Integer.toString(next), now.version());
            }
          }
        });

    assertThat(textOf(store, "counter")).isEqualTo("20");
  }

  @Test
  void concurrentWritersLeaveOneWholeVersion() {
    int length = 700_000;

    Parallel.run(
        6,
        i -> {
          for (int j = 0; j < 3; j++) {
            store.put("object", ObjectContent.of(Contents.all(i, length)));
          }
        });

    assertOneVersion(store.read("object", 0, 1 << 20), length);
  }

  @Test
  void listingHasWhatWasJustWrittenAndNotWhatWasJustDeleted() {
    for (int i = 0; i < 20; i++) {
      store.put("block-" + i + "/meta.json", text("x"));
      assertThat(names("block-" + i + "/")).containsExactly("block-" + i + "/meta.json");
      assertThat(store.folders("")).contains("block-" + i + "/");
    }
    for (int i = 0; i < 20; i++) {
      store.delete("block-" + i + "/meta.json");
      assertThat(names("block-" + i + "/")).isEmpty();
      assertThat(store.folders("")).doesNotContain("block-" + i + "/");
    }
  }

  @Test
  void listingGoesByPrefixAndFolder() {
    List<String> all =
        List.of("a", "b!", "b-x/1", "b/1", "b/2/x", "b/2/y/z", "b/20", "b0/1", "c/d/e/f", "ca");
    all.forEach(name -> store.put(name, text(name)));

    assertThat(names("")).isEqualTo(all);
    assertThat(names("b/")).containsExactly("b/1", "b/2/x", "b/2/y/z", "b/20");
    assertThat(names("b/2")).containsExactly("b/2/x", "b/2/y/z", "b/20");
    assertThat(names("b/2/y/z")).containsExactly("b/2/y/z");
    assertThat(names("d")).isEmpty();
    assertShallow("", List.of("a", "b!", "ca"), List.of("b-x/", "b/", "b0/", "c/"));
    assertShallow("b", List.of("b!"), List.of("b-x/", "b/", "b0/"));
    assertShallow("b/", List.of("b/1", "b/20"), List.of("b/2/"));
    assertShallow("b/2", List.of("b/20"), List.of("b/2/"));
    assertShallow("c/d/", List.of(), List.of("c/d/e/"));
    assertShallow("nothing/", List.of(), List.of());
  }

  @Test
  void listingHasTheAttributes() {
    String version = store.put("folder/object", text("twelve bytes"));

    ObjectAttributes listed = store.list(ListRequest.all("folder/")).objects().getFirst();

    assertThat(listed.lengthBytes()).isEqualTo(12);
    assertThat(listed.version()).isEqualTo(version);
    assertThat(listed).isEqualTo(store.attributes("folder/object").orElseThrow());
  }

  /// As many as a test server bears in a few seconds.
  int manyNames() {
    return IS_LONG ? 20_000 : 1_200;
  }

  @Test
  void manyNamesAreListedInPages() {
    int count = manyNames();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      expected.add("many/%02d/%07d".formatted(i % 7, i));
    }
    Parallel.run(
        16,
        thread -> {
          for (int i = thread; i < count; i += 16) {
            store.put(expected.get(i), text("x"));
          }
        });
    Collections.sort(expected);

    assertThat(names("many/")).isEqualTo(expected);
    assertThat(store.folders("many/")).hasSize(7);
    assertThat(inPagesOf(97, ListRequest.all("many/03/")))
        .isEqualTo(expected.stream().filter(name -> name.startsWith("many/03/")).toList());
  }

  @Test
  void smallPagesHaveEverythingOnce() {
    List<String> all = List.of("a", "b/1", "b/2", "b/3/x", "c", "d/1", "d0", "e");
    all.forEach(name -> store.put(name, text(name)));

    for (int entries = 1; entries <= all.size(); entries++) {
      assertThat(inPagesOf(entries, ListRequest.all(""))).isEqualTo(all);
      if (pagesHaveFoldersOnce()) {
        assertThat(inPagesOf(entries, ListRequest.shallow("")))
            .containsExactly("a", "b/", "c", "d/", "d0", "e");
      }
    }
  }

  @Test
  void pagesGoOnBehindWhatIsDeletedMeanwhile() {
    for (int i = 10; i < 50; i++) {
      store.put("name-" + i, text("x"));
    }
    List<String> seen = new ArrayList<>();
    ListRequest request = new ListRequest("", false, "", 9);
    while (true) {
      ObjectPage page = store.list(request);
      for (ObjectAttributes object : page.objects()) {
        seen.add(object.name());
        store.delete(object.name());
      }
      if (page.isLast()) {
        break;
      }
      request = request.at(page.nextCursor());
    }

    assertThat(seen).hasSize(40).isSorted();
    assertThat(names("")).isEmpty();
  }

  @Test
  void contentOfAnotherLengthThanStatedIsRefused() {
    store.put("object", text("before"));

    assertStoreFails(() -> store.put("new", Contents.misstated(Contents.random(1000), 1001)));
    assertStoreFails(() -> store.put("new", Contents.misstated(Contents.random(1000), 999)));
    assertStoreFails(() -> store.put("object", Contents.misstated(Contents.random(10), 11)));

    assertThat(names("")).containsExactly("object");
    assertThat(textOf(store, "object")).isEqualTo("before");
  }

  @Test
  void contentThatFailsLeavesNothing() {
    int length = severalPartsBytes();
    store.put("object", text("before"));

    assertStoreFails(() -> store.put("new", Contents.failing(length - 1000, length)));
    assertStoreFails(() -> store.put("object", Contents.failing(1000, length)));

    assertThat(names("")).containsExactly("object");
    assertThat(textOf(store, "object")).isEqualTo("before");
  }

  @Test
  void putWithoutAnEndIsGivenUpAndLeavesNothing() {
    Retries retries =
        new Retries(
            new RetryConfig(2, Duration.ofMillis(1), Duration.ofMillis(1), Duration.ofMillis(300)));
    RetryingStore timed = new RetryingStore(store, retries);

    assertKind(
        Kind.TIMED_OUT,
        () -> timed.put("stalled", Contents.stalling(1000, 2000, new CountDownLatch(1))));

    assertThat(store.attributes("stalled")).isEmpty();
    assertThat(names("")).isEmpty();
  }

  @Test
  void interruptedPutEndsAndLeavesNothing() throws InterruptedException {
    CountDownLatch stalled = new CountDownLatch(1);
    AtomicBoolean isInterrupted = new AtomicBoolean();
    Thread writer =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    store.put("stalled", Contents.stalling(1000, 2000, stalled));
                  } catch (StoreException _) {
                    isInterrupted.set(Thread.currentThread().isInterrupted());
                  }
                });
    stalled.await();

    writer.interrupt();

    assertThat(writer.join(Duration.ofSeconds(20))).isTrue();
    assertThat(store.attributes("stalled")).isEmpty();
    assertThat(names("")).isEmpty();
  }

  @Test
  void readerSeesOneWholeVersionWhileItIsReplaced() {
    int length = 300_000;
    store.put("object", ObjectContent.of(Contents.all(0, length)));
    AtomicInteger reads = new AtomicInteger();
    AtomicBoolean isDone = new AtomicBoolean();

    Parallel.run(
        4,
        i -> {
          if (i == 0) {
            for (int j = 1; j <= 20 || reads.get() < 40; j++) {
              store.put("object", ObjectContent.of(Contents.all(j, length)));
            }
            isDone.set(true);
            return;
          }
          while (!isDone.get()) {
            assertOneVersion(store.read("object", 0, length), length);
            reads.incrementAndGet();
          }
        });
  }

  @Test
  void readerOfWhatIsDeletedSeesAllOrNothing() {
    int length = 100_000;

    Parallel.run(
        3,
        i -> {
          for (int j = 0; j < 15; j++) {
            if (i == 0) {
              store.put("object", ObjectContent.of(Contents.all(j, length)));
              store.delete("object");
              continue;
            }
            try {
              assertOneVersion(store.read("object", 0, length), length);
            } catch (StoreException e) {
              assertThat(e.kind()).isEqualTo(Kind.NOT_FOUND);
            }
          }
        });
    assertThat(store.attributes("object")).isEmpty();
  }

  @Test
  void streamNeverMixesVersions() throws IOException {
    byte[] old = Contents.all(1, 9 << 20);
    store.put("object", ObjectContent.of(old));

    try (InputStream in = store.open("object")) {
      byte[] start = in.readNBytes(1000);
      store.put("object", ObjectContent.of(Contents.all(2, 9 << 20)));

      assertThat(start).containsOnly(1);
      assertKind(Kind.CHANGED, in::readAllBytes);
    }
  }

  private Optional<String> replace(String name, String text, String version) {
    return store.put(name, text(text), new PutCondition.IfVersion(version));
  }

  private List<String> names(String prefix) {
    List<String> names = new ArrayList<>();
    store.objects(prefix).forEach(object -> names.add(object.name()));
    return names;
  }

  /// Objects and folders in the order of names.
  private List<String> inPagesOf(int entries, ListRequest first) {
    List<String> names = new ArrayList<>();
    ListRequest request = new ListRequest(first.prefix(), first.isShallow(), "", entries);
    while (true) {
      ObjectPage page = store.list(request);
      List<String> ofPage = new ArrayList<>(page.folders());
      page.objects().forEach(object -> ofPage.add(object.name()));
      assertThat(ofPage.size()).isLessThanOrEqualTo(entries);
      Collections.sort(ofPage);
      names.addAll(ofPage);
      if (page.isLast()) {
        return names;
      }
      request = request.at(page.nextCursor());
    }
  }

  private void assertShallow(String prefix, List<String> objects, List<String> folders) {
    ObjectPage page = store.list(ListRequest.shallow(prefix));

    assertThat(page.objects().stream().map(ObjectAttributes::name).toList())
        .as(prefix)
        .isEqualTo(objects);
    assertThat(page.folders()).as(prefix).isEqualTo(folders);
    assertThat(page.isLast()).isTrue();
  }

  private static void assertOneVersion(ObjectRange range, int length) {
    assertThat(range.objectBytes()).isEqualTo(length);
    assertThat(range.bytes()).hasSize(length);
    assertThat(Arrays.equals(range.bytes(), Contents.all(range.bytes()[0], length)))
        .as("bytes of one version")
        .isTrue();
  }

  /// Something of the store runs and may fail.
  interface Call {
    void run() throws Exception;
  }

  private static void assertKind(Kind kind, Call call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).as(e.toString()).isEqualTo(kind));
  }

  private static void assertStoreFails(Call call) {
    assertThatThrownBy(call::run).isInstanceOf(StoreException.class);
  }
}
