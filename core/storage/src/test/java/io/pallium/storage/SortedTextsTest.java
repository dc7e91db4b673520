package io.pallium.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class SortedTextsTest {
  /// Texts around U+FFFF, where the order of UTF-8 and that of UTF-16 differ.
  @Provide
  Arbitrary<List<List<String>>> lists() {
    Arbitrary<String> texts =
        Arbitraries.of(
            "", "a", "b", "ab", "\u00e9", "\uffee", "\ud83d\ude00", "a\ufffd", "a\ud83d\ude00");
    return texts.set().map(SortedTextsTest::sorted).list().ofMaxSize(4);
  }

  @Property
  void unionHasEachTextOnceInTheOrderOfItsBytes(@ForAll("lists") List<List<String>> lists) {
    TreeSet<String> all = new TreeSet<>(SortedTextsTest::compareBytes);
    lists.forEach(all::addAll);

    assertThat(SortedTexts.union(lists, 0)).containsExactlyElementsOf(all);
    assertThat(SortedTexts.union(lists, 3))
        .containsExactlyElementsOf(all.stream().limit(3).toList());
  }

  private static List<String> sorted(Iterable<String> texts) {
    TreeSet<String> sorted = new TreeSet<>(SortedTextsTest::compareBytes);
    texts.forEach(sorted::add);
    return List.copyOf(sorted);
  }

  private static int compareBytes(String a, String b) {
    return Arrays.compareUnsigned(
        a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }
}
