package io.pallium.promql;

import io.pallium.promql.ast.ValueType;
import io.pallium.promql.exec.Execution;
import io.pallium.promql.exec.ResultSeries;
import io.pallium.promql.exec.SampleCounts;
import io.pallium.promql.exec.Steps;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a query evaluated to, in the columns it was computed in. Holds memory of the query's budget
/// until it is closed. Immutable.
///
/// | type | series |
/// |---|---|
/// | VECTOR | one point each, at the time of the query, in no order |
/// | MATRIX | any number of points, in label order |
/// | SCALAR | one, without labels, with one point |
/// | STRING | none; see [#text] |
public final class QueryResult implements AutoCloseable {
  private final ValueType type;
  private final Steps steps;
  private final List<ResultSeries> series;
  private final @Nullable String text;
  private final List<String> warnings;
  private final List<String> infos;
  private final Execution execution;

  QueryResult(
      ValueType type,
      Steps steps,
      List<ResultSeries> series,
      @Nullable String text,
      List<String> warnings,
      List<String> infos,
      Execution execution) {
    this.type = type;
    this.steps = steps;
    this.series = List.copyOf(series);
    this.text = text;
    this.warnings = warnings;
    this.infos = infos;
    this.execution = execution;
  }

  public ValueType type() {
    return type;
  }

  /// The time of an instant query; the start of a range query.
  public long timeMs() {
    return steps.startMs();
  }

  /// The times of the query's steps.
  public Steps steps() {
    return steps;
  }

  /// How many samples each step looked at, if the options asked for it.
  public Optional<SampleCounts> samples() {
    return Optional.ofNullable(steps.counts());
  }

  public List<ResultSeries> series() {
    return series;
  }

  /// The string of a result of type STRING.
  public String text() {
    if (text == null) {
      throw new IllegalStateException("a result of type " + type + " has no text");
    }
    return text;
  }

  /// Warnings with their positions in the query.
  public List<String> warnings() {
    return warnings;
  }

  /// Infos with their positions in the query.
  public List<String> infos() {
    return infos;
  }

  /// Gives the memory back; the series are not usable after. Can be called again.
  @Override
  public void close() {
    execution.close();
  }
}
