package io.pallium.tsdb.index;

import io.pallium.model.Labels;
import io.pallium.storage.Cardinality;
import io.pallium.storage.Cardinality.Entry;
import io.pallium.storage.QueryControl;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/// One walk over all pairs of an index that finds the most frequent. Needs the index to stand still
/// meanwhile; O(pairs), and text is made of those alone that are among the largest at their time.
final class CardinalityCount {
  /// An entry with a name of usual length, in each of four lists.
  private static final long BYTES_PER_PLACE = 4 * 160L;

  private final SymbolTable symbols;
  private final PairTable pairs;
  private final QueryControl control;
  private final int limit;
  private final Largest byMetric;
  private final Largest byLabel;
  private final Largest bytesByLabel;
  private final Largest byPair;
  private long labelPairs;

  CardinalityCount(SymbolTable symbols, PairTable pairs, int limit, QueryControl control) {
    this.symbols = symbols;
    this.pairs = pairs;
    this.control = control;
    this.limit = limit;
    this.byMetric = new Largest();
    this.byLabel = new Largest();
    this.bytesByLabel = new Largest();
    this.byPair = new Largest();
  }

  Cardinality count(long series, long chunks, long minTimeMs, long maxTimeMs) {
    long bytes = BYTES_PER_PLACE * limit;
    control.budget().reserve(bytes);
    try {
      for (int name = 1; name < pairs.nameEnd(); name++) {
        int symbol = pairs.symbolOfName(name);
        // A number can be free, and the pair that all series have has an empty name.
        if (symbol > 0 && symbols.lengthBytes(symbol) > 0) {
          control.check();
          countName(name, text(symbol));
        }
      }
      return new Cardinality(
          series,
          labelPairs,
          chunks,
          minTimeMs,
          maxTimeMs,
          byMetric.list(),
          byLabel.list(),
          bytesByLabel.list(),
          byPair.list());
    } finally {
      control.budget().release(bytes);
    }
  }

  private void countName(int name, String nameText) {
    boolean isMetric = nameText.equals(Labels.METRIC_NAME);
    int nameBytes = symbols.lengthBytes(pairs.symbolOfName(name));
    int[] ids = pairs.pairs(name);
    long values = 0;
    long bytes = 0;
    for (int i = 0; i < pairs.pairCount(name); i++) {
      int value = pairs.valueSymbol(ids[i]);
      int count = pairs.postings().length(ids[i]);
      if (count == 0) {
        continue;
      }
      values++;
      bytes += (long) count * (nameBytes + symbols.lengthBytes(value));
      if (byPair.takes(count)) {
        byPair.add(nameText + "=" + text(value), count);
      }
      if (isMetric && byMetric.takes(count)) {
        byMetric.add(text(value), count);
      }
    }
    if (values > 0) {
      labelPairs += values;
      byLabel.add(nameText, values);
      bytesByLabel.add(nameText, bytes);
    }
  }

  private String text(int symbol) {
    return new String(symbols.copy(symbol), StandardCharsets.UTF_8);
  }

  /// The largest entries so far; of equal ones those whose names come first.
  private final class Largest {
    private final PriorityQueue<Entry> smallestFirst =
        new PriorityQueue<>(Cardinality.LARGEST_FIRST.reversed());

    boolean takes(long count) {
      Entry smallest = smallestFirst.peek();
      return smallest == null || smallestFirst.size() < limit || smallest.count() <= count;
    }

    void add(String name, long count) {
      smallestFirst.add(new Entry(name, count));
      if (smallestFirst.size() > limit) {
        smallestFirst.remove();
      }
    }

    List<Entry> list() {
      List<Entry> sorted = new ArrayList<>(smallestFirst);
      sorted.sort(Cardinality.LARGEST_FIRST);
      return sorted;
    }
  }
}
