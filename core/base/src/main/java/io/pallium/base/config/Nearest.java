package io.pallium.base.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Finds the known name that a misspelt one was meant to be. Cost: one edit distance per candidate,
/// paid only when something is wrong.
final class Nearest {
  private static final int MAX_LENGTH = 200;

  private Nearest() {}

  /// The candidate with the smallest distance if it is near enough to be a likely intention: a
  /// third of the letters may differ. Case and punctuation do not count, so that
  /// `httpListenAddress` finds `http_listen_address`. Of equally near candidates the first wins.
  static Optional<String> to(String name, Collection<String> candidates) {
    String letters = letters(name);
    if (letters.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    int best = Math.max(1, letters.length() / 3) + 1;
    String nearest = null;
    for (String candidate : candidates) {
      int distance = distance(letters, letters(candidate));
      if (distance < best) {
        best = distance;
        nearest = candidate;
      }
    }
    return Optional.ofNullable(nearest);
  }

  /// The end of a sentence about an unknown name: the nearest candidate, or all of them if none is
  /// near and they are few, or nothing.
  static String hint(String name, Collection<String> candidates) {
    return to(name, candidates)
        .map(nearest -> ", did you mean " + nearest + "?")
        .orElseGet(() -> known(candidates));
  }

  private static String known(Collection<String> candidates) {
    if (candidates.isEmpty()) {
      return "";
    }
    List<String> shown = new ArrayList<>(candidates).subList(0, Math.min(12, candidates.size()));
    String more = shown.size() < candidates.size() ? ", …" : "";
    return ", known are " + String.join(", ", shown) + more;
  }

  private static String letters(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }

  /// Edit distance where two neighbours swapped count as one edit (optimal string alignment).
  private static int distance(String a, String b) {
    int[] beforePrevious = new int[b.length() + 1];
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] current = new int[b.length() + 1];
      current[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int cost = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        current[j] = Math.min(previous[j - 1] + cost, Math.min(previous[j], current[j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          current[j] = Math.min(current[j], beforePrevious[j - 2] + 1);
        }
      }
      beforePrevious = previous;
      previous = current;
    }
    return previous[b.length()];
  }
}
