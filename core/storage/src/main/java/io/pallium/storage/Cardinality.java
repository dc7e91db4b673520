package io.pallium.storage;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.Function;

/// How much of what a tenant has in the stores of recent samples: the totals, and the largest
/// entries of four lists, the largest first.
///
/// @param series the series
/// @param labelPairs the different pairs of label name and value
/// @param chunks the chunks of samples
/// @param minTimeMs the time of the oldest sample; Long.MAX_VALUE if there is none
/// @param maxTimeMs the time of the newest sample; Long.MIN_VALUE if there is none
/// @param seriesByMetric the series of each metric name
/// @param valuesByLabel the different values of each label name
/// @param bytesByLabel what the pairs of each label name take: the bytes of name and value, for
///   every series that has them
/// @param seriesByPair the series of each pair, written `name=value`
public record Cardinality(
    long series,
    long labelPairs,
    long chunks,
    long minTimeMs,
    long maxTimeMs,
    List<Entry> seriesByMetric,
    List<Entry> valuesByLabel,
    List<Entry> bytesByLabel,
    List<Entry> seriesByPair) {
  /// The order of the lists.
  public static final Comparator<Entry> LARGEST_FIRST =
      Comparator.comparingLong(Entry::count).reversed().thenComparing(Entry::name);

  /// A tenant without series.
  public static final Cardinality EMPTY =
      new Cardinality(
          0, 0, 0, Long.MAX_VALUE, Long.MIN_VALUE, List.of(), List.of(), List.of(), List.of());

  public Cardinality {
    seriesByMetric = List.copyOf(seriesByMetric);
    valuesByLabel = List.copyOf(valuesByLabel);
    bytesByLabel = List.copyOf(bytesByLabel);
    seriesByPair = List.copyOf(seriesByPair);
  }

  /// One line of a list.
  public record Entry(String name, long count) {}

  /// Several stores as one, each of which has series of its own: series, chunks and bytes add up.
  /// The same pair may be in all of them, so that of pairs and values there are at least as many as
  /// the largest part has. A name that is not among the largest of a part counts nothing there.
  public static Cardinality merge(Collection<Cardinality> parts, int limit) {
    return new Cardinality(
        parts.stream().mapToLong(Cardinality::series).sum(),
        parts.stream().mapToLong(Cardinality::labelPairs).max().orElse(0),
        parts.stream().mapToLong(Cardinality::chunks).sum(),
        parts.stream().mapToLong(Cardinality::minTimeMs).min().orElse(Long.MAX_VALUE),
        parts.stream().mapToLong(Cardinality::maxTimeMs).max().orElse(Long.MIN_VALUE),
        merge(parts, Cardinality::seriesByMetric, Long::sum, limit),
        merge(parts, Cardinality::valuesByLabel, Long::max, limit),
        merge(parts, Cardinality::bytesByLabel, Long::sum, limit),
        merge(parts, Cardinality::seriesByPair, Long::sum, limit));
  }

  private static List<Entry> merge(
      Collection<Cardinality> parts,
      Function<Cardinality, List<Entry>> list,
      BinaryOperator<Long> both,
      int limit) {
    Map<String, Long> counts = new HashMap<>();
    for (Cardinality part : parts) {
      for (Entry entry : list.apply(part)) {
        counts.merge(entry.name, entry.count, both);
      }
    }
    List<Entry> merged = new ArrayList<>(counts.size());
    counts.forEach((name, count) -> merged.add(new Entry(name, count)));
    merged.sort(LARGEST_FIRST);
    return merged.subList(0, Math.min(limit, merged.size()));
  }
}
