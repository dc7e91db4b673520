package io.pallium.storage;

import io.pallium.model.Utf8;
import java.util.ArrayList;
import java.util.List;

/// Names and values of labels, in the order of their UTF-8 bytes and each once, from several parts
/// of a store.
public final class SortedTexts {
  private SortedTexts() {}

  /// The union of sorted lists, sorted. Parts mostly know the same texts, so each is merged into
  /// the result in one pass: O(lists × texts).
  ///
  /// @param limit how many texts at the most; 0: all
  public static List<String> union(List<List<String>> lists, int limit) {
    List<String> union = List.of();
    for (List<String> list : lists) {
      union = union.isEmpty() || union.equals(list) ? list : merge(union, list);
    }
    return limit > 0 && union.size() > limit ? union.subList(0, limit) : union;
  }

  private static List<String> merge(List<String> one, List<String> other) {
    List<String> merged = new ArrayList<>(Math.max(one.size(), other.size()) + 16);
    int i = 0;
    int j = 0;
    while (i < one.size() && j < other.size()) {
      int order = Utf8.compare(one.get(i), other.get(j));
      merged.add(order <= 0 ? one.get(i) : other.get(j));
      i += order <= 0 ? 1 : 0;
      j += order >= 0 ? 1 : 0;
    }
    merged.addAll(one.subList(i, one.size()));
    merged.addAll(other.subList(j, other.size()));
    return merged;
  }
}
