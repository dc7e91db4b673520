package io.pallium.promql.script;

import io.pallium.model.Labels;
import java.util.List;

/// A series in the notation of scripts: `metric{label="value"} 1 2+3x4 _ stale {{schema:1}}`.
///
/// @param labels the series
/// @param values its values in their order
public record SeriesDescription(Labels labels, List<SequenceValue> values) {
  public SeriesDescription {
    values = List.copyOf(values);
  }
}
