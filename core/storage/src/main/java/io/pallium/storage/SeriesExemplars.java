package io.pallium.storage;

import io.pallium.model.Exemplar;
import io.pallium.model.Labels;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The exemplars of one series.
///
/// @param series the labels of the series
/// @param exemplars in order of time
public record SeriesExemplars(Labels series, List<Exemplar> exemplars) {
  /// What an exemplar takes beside the bytes of its labels.
  private static final int EXEMPLAR_BYTES = 96;

  private static final int SERIES_BYTES = 128;

  public SeriesExemplars {
    exemplars = List.copyOf(exemplars);
  }

  /// The memory that this takes, about.
  public long bytes() {
    long bytes = SERIES_BYTES + series.bytes().length;
    for (Exemplar exemplar : exemplars) {
      bytes += EXEMPLAR_BYTES + exemplar.labels().bytes().length;
    }
    return bytes;
  }

  /// Several answers as one: each series once, in label order, each of its exemplars once.
  public static List<SeriesExemplars> merge(Collection<List<SeriesExemplars>> parts) {
    Map<Labels, Set<Exemplar>> merged = new TreeMap<>();
    for (List<SeriesExemplars> part : parts) {
      for (SeriesExemplars each : part) {
        merged.computeIfAbsent(each.series, _ -> new LinkedHashSet<>()).addAll(each.exemplars);
      }
    }
    List<SeriesExemplars> result = new ArrayList<>(merged.size());
    merged.forEach(
        (series, exemplars) ->
            result.add(
                new SeriesExemplars(
                    series,
                    exemplars.stream()
                        .sorted(Comparator.comparingLong(Exemplar::timestampMs))
                        .toList())));
    return result;
  }
}
