package io.pallium.promql.ast;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the series of two instant vectors find each other.
///
/// @param cardinality how many series of each side may meet
/// @param on whether `labels` are those to match on, or those to ignore
/// @param labels the names after `on` or `ignoring`, as written
/// @param include the names after `group_left` or `group_right`, as written
/// @param fill values for series without a partner
public record VectorMatching(
    Cardinality cardinality,
    boolean on,
    List<String> labels,
    List<String> include,
    FillValues fill) {
  public VectorMatching {
    labels = List.copyOf(labels);
    include = List.copyOf(include);
  }

  /// The same matching with another cardinality.
  public VectorMatching withCardinality(Cardinality other) {
    return new VectorMatching(other, on, labels, include, fill);
  }

  /// How many series of each side may meet.
  public enum Cardinality {
    ONE_TO_ONE("one-to-one"),
    MANY_TO_ONE("many-to-one"),
    ONE_TO_MANY("one-to-many"),
    MANY_TO_MANY("many-to-many");

    private final String text;

    Cardinality(String text) {
      this.text = text;
    }

    /// The words for it in messages.
    public String text() {
      return text;
    }
  }

  /// Values that stand in for the series that a side does not have.
  ///
  /// @param left for the left side; null: no value, the series is dropped
  /// @param right for the right side; null: no value, the series is dropped
  public record FillValues(@Nullable Double left, @Nullable Double right) {
    /// No value on either side.
    public static final FillValues NONE = new FillValues(null, null);

    /// Whether neither side has a value.
    public boolean isEmpty() {
      return left == null && right == null;
    }
  }
}
