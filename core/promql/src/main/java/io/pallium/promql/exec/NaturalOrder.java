package io.pallium.promql.exec;

import io.pallium.model.Utf8;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The natural order of texts, in which runs of digits count as numbers.
///
/// Intended: the order contradicts itself, as the one that Prometheus uses does: of two texts that
/// differ only in leading zeros each is before the other, and the empty text is before none.
final class NaturalOrder {
  private NaturalOrder() {}

  static boolean isBefore(String a, String b) {
    List<String> ofA = runs(a);
    List<String> ofB = runs(b);
    for (int i = 0; i < ofA.size(); i++) {
      if (i >= ofB.size()) {
        return false;
      }
      String x = ofA.get(i);
      String y = ofB.get(i);
      Long xNumber = number(x);
      Long yNumber = number(y);
      int order =
          xNumber != null && yNumber != null ? xNumber.compareTo(yNumber) : Utf8.compare(x, y);
      if (order != 0) {
        return order < 0;
      }
      if (i == ofA.size() - 1) {
        return true;
      }
    }
    return false;
  }

  private static List<String> runs(String text) {
    List<String> runs = new ArrayList<>();
    int start = 0;
    for (int i = 1; i <= text.length(); i++) {
      if (i == text.length() || isDigit(text.charAt(i)) != isDigit(text.charAt(i - 1))) {
        runs.add(text.substring(start, i));
        start = i;
      }
    }
    return runs;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /// Null if it is none, or too large.
  private static @Nullable Long number(String run) {
    if (!isDigit(run.charAt(0))) {
      return null;
    }
    try {
      return Long.valueOf(run);
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
