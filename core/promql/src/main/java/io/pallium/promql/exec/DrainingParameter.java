package io.pallium.promql.exec;

import io.pallium.base.QueryFailedException;
import java.util.function.Supplier;

/// Reads the parameter of an aggregation in the order of Prometheus: what is aggregated fails
/// first, if both do.
final class DrainingParameter {
  private DrainingParameter() {}

  /// @throws QueryFailedException of the child, else of the parameter
  static <T> T read(Supplier<T> parameter, SeriesOperator child) {
    try {
      return parameter.get();
    } catch (QueryFailedException e) {
      drain(child);
      throw e;
    }
  }

  /// Pulls all series for nothing but their failures and warnings.
  static void drain(SeriesOperator child) {
    while (child.next()) {
      child.column();
    }
    child.close();
  }
}
