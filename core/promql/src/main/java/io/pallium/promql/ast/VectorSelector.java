package io.pallium.promql.ast;

import io.pallium.model.LabelMatcher;
import java.util.List;

/// A selection of series.
///
/// @param name the metric name in front of the braces; empty if there is none
/// @param matchers the matchers in the order written, then one for `name` if that is not empty
/// @param modifiers `offset` and `@`; those of a range are here too, not in [MatrixSelector]
/// @param edges how a range over this selector treats its edges
/// @param isLabelSelector whether this is the second argument of `info`, which may match everything
/// @param position where it stands, modifiers included unless they belong to a range
public record VectorSelector(
    String name,
    List<LabelMatcher> matchers,
    TimeModifiers modifiers,
    Edges edges,
    boolean isLabelSelector,
    PositionRange position)
    implements Expr {
  public VectorSelector {
    matchers = List.copyOf(matchers);
  }

  @Override
  public ValueType type() {
    return ValueType.VECTOR;
  }

  /// The same selector with other modifiers.
  public VectorSelector withModifiers(TimeModifiers other) {
    return new VectorSelector(name, matchers, other, edges, isLabelSelector, position);
  }

  /// The same selector with other edges.
  public VectorSelector withEdges(Edges other) {
    return new VectorSelector(name, matchers, modifiers, other, isLabelSelector, position);
  }

  /// The same selector at another place.
  public VectorSelector withPosition(PositionRange other) {
    return new VectorSelector(name, matchers, modifiers, edges, isLabelSelector, other);
  }

  /// How a range treats its edges.
  public enum Edges {
    /// Only the samples inside the range count, and functions extrapolate.
    PLAIN(""),
    /// The value at an edge is that of the last sample before it.
    ANCHORED("anchored"),
    /// The value at an edge is interpolated between the samples around it.
    SMOOTHED("smoothed");

    private final String keyword;

    Edges(String keyword) {
      this.keyword = keyword;
    }

    /// The keyword as it is written; empty for [#PLAIN].
    public String keyword() {
      return keyword;
    }
  }
}
