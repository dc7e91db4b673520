package io.pallium.promql.plan;

import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.promql.ast.AggregateOp;
import io.pallium.promql.ast.BinaryOp;
import io.pallium.promql.ast.VectorMatching;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Gives any number of series, each with a value at some of the steps.
public sealed interface VectorPlan extends Plan {
  /// Whether the series stay distinct when their metric names are dropped.
  boolean isDistinctWithoutName();

  /// Gives series of another plan, not necessarily all and not necessarily with the same values.
  sealed interface OfChild extends VectorPlan {
    VectorPlan child();

    @Override
    default boolean isDistinctWithoutName() {
      return child().isDistinctWithoutName();
    }
  }

  /// The newest sample of each series that is not older than the look-back. Streaming.
  ///
  /// @param isTimestamp whether its time in seconds is the value, and the name is dropped
  record Select(Selector selector, boolean isTimestamp) implements VectorPlan {
    @Override
    public boolean isDistinctWithoutName() {
      return selector.name() != null;
    }
  }

  /// The value at each step of a smoothed selector, between the samples around it. Streaming.
  ///
  /// @param site the selector
  record Smoothed(Selector selector, Site site) implements VectorPlan {
    @Override
    public boolean isDistinctWithoutName() {
      return selector.name() != null;
    }
  }

  /// A function of the samples in a range. Streaming.
  ///
  /// @param args the scalar arguments in their order
  /// @param site the range
  record OverRange(RangeFunction function, RangeSource source, List<ScalarPlan> args, Site site)
      implements VectorPlan {
    public OverRange {
      args = List.copyOf(args);
    }

    @Override
    public boolean isDistinctWithoutName() {
      return switch (source) {
        case RangeSource.Stored stored -> stored.selector().name() != null;
        case RangeSource.Subquery subquery -> subquery.child().isDistinctWithoutName();
      };
    }
  }

  /// A function of each value. Streaming; the metric name is dropped.
  record Map(PointFunction function, VectorPlan child, List<ScalarPlan> args) implements OfChild {
    public Map {
      args = List.copyOf(args);
    }
  }

  /// A float of each native histogram. Streaming; floats and the metric name are dropped.
  record HistogramMap(HistogramFunction function, VectorPlan child) implements OfChild {}

  /// The time of the step in seconds, where there is a value. Streaming; the name is dropped.
  record Timestamps(VectorPlan child) implements OfChild {}

  /// Since when the samples of a selector count, in seconds; nothing of any other expression.
  /// Streaming; the name is dropped.
  ///
  /// @param isOfSelector whether the child is a selector in the query too, and not what became one
  record StartTimestamps(VectorPlan child, boolean isOfSelector) implements OfChild {}

  /// Arithmetic or comparison of each value with a scalar. Streaming.
  ///
  /// @param isScalarLeft whether the scalar is the left operand
  /// @param returnBool whether a comparison gives 0 and 1 instead of filtering
  /// @param site the whole operation
  record WithScalar(
      BinaryOp op,
      VectorPlan vector,
      ScalarPlan scalar,
      boolean isScalarLeft,
      boolean returnBool,
      Site site)
      implements VectorPlan {
    /// Whether the result is another metric, so that the name is dropped.
    public boolean dropsName() {
      return returnBool || op.givesOtherMetric();
    }

    @Override
    public boolean isDistinctWithoutName() {
      return vector.isDistinctWithoutName();
    }
  }

  /// An aggregation into groups. Folding.
  ///
  /// @param site the vector that is aggregated
  record Aggregate(AggregateOp op, VectorPlan child, Grouping grouping, Site site)
      implements VectorPlan {
    @Override
    public boolean isDistinctWithoutName() {
      return !grouping.isBy(Labels.METRIC_NAME);
    }
  }

  /// A quantile of the values of each group. Blocking.
  ///
  /// @param quantileSite the quantile
  /// @param site the vector that is aggregated
  record Quantile(
      ScalarPlan quantile, VectorPlan child, Grouping grouping, Site quantileSite, Site site)
      implements VectorPlan {
    @Override
    public boolean isDistinctWithoutName() {
      return !grouping.isBy(Labels.METRIC_NAME);
    }
  }

  /// Some series of each group: `topk`, `bottomk` (blocking), `limitk`, `limit_ratio` (streaming).
  ///
  /// @param param how many series, or which part of them
  /// @param site the aggregation, or its parameter where that is what is warned about
  record Choice(AggregateOp op, ScalarPlan param, VectorPlan child, Grouping grouping, Site site)
      implements OfChild {}

  /// How many series of each group have each value. Folding.
  ///
  /// @param label the label that carries the value
  record CountValues(String label, VectorPlan child, Grouping grouping) implements VectorPlan {
    @Override
    public boolean isDistinctWithoutName() {
      return !grouping.isBy(Labels.METRIC_NAME) && !label.equals(Labels.METRIC_NAME);
    }
  }

  /// Arithmetic or comparison between series of which one or many match one, or where values are
  /// filled in for series that are missing. Blocking on the one side. Equal labels of the result
  /// never have a value at the same step, but may come more than once.
  ///
  /// @param lhs the left side as written
  /// @param rhs the right side as written
  /// @param site the whole operation
  record Join(
      BinaryOp op,
      VectorPlan lhs,
      VectorPlan rhs,
      VectorMatching matching,
      boolean returnBool,
      Site site)
      implements VectorPlan {
    /// Whether the result is another metric, so that the name is dropped.
    public boolean dropsName() {
      return returnBool || op.givesOtherMetric();
    }

    /// Whether no two series of the result have equal labels.
    public boolean isDistinct() {
      if (!matching.fill().isEmpty() || !matching.include().isEmpty()) {
        return false;
      }
      return switch (matching.cardinality()) {
        case ONE_TO_ONE ->
            !matching.on() && matching.labels().isEmpty() && lhs.isDistinctWithoutName();
        case ONE_TO_MANY -> !dropsName() || rhs.isDistinctWithoutName();
        case MANY_TO_ONE, MANY_TO_MANY -> !dropsName() || lhs.isDistinctWithoutName();
      };
    }

    @Override
    public boolean isDistinctWithoutName() {
      return matching.cardinality() == VectorMatching.Cardinality.ONE_TO_ONE
          ? dropsName() || matching.on() && !matching.labels().contains(Labels.METRIC_NAME)
          : dropsName() && !matching.include().contains(Labels.METRIC_NAME);
    }
  }

  /// `and`, `or` and `unless`. Blocking.
  record SetOperation(BinaryOp op, VectorPlan lhs, VectorPlan rhs, VectorMatching matching)
      implements VectorPlan {
    @Override
    public boolean isDistinctWithoutName() {
      return op != BinaryOp.OR && lhs.isDistinctWithoutName();
    }
  }

  /// What a function makes of histograms, native ones and those of classic buckets. Blocking.
  ///
  /// @param args quantiles, or the lower and the upper bound
  /// @param label the label that tells the quantile; null if none does
  /// @param argSites the arguments
  /// @param childSite the histograms
  record OfBuckets(
      BucketFunction function,
      List<ScalarPlan> args,
      @Nullable String label,
      VectorPlan child,
      List<Site> argSites,
      Site childSite)
      implements VectorPlan {
    public OfBuckets {
      args = List.copyOf(args);
      argSites = List.copyOf(argSites);
    }

    @Override
    public boolean isDistinctWithoutName() {
      return true;
    }
  }

  /// One label of each series set or deleted; series that become equal by that become one.
  /// Blocking.
  record Relabel(LabelChange change, VectorPlan child) implements VectorPlan {
    @Override
    public boolean isDistinctWithoutName() {
      return child.isDistinctWithoutName() && !change.destination().equals(Labels.METRIC_NAME);
    }
  }

  /// 1 at the steps at which there is no series. Folding.
  ///
  /// @param labels those of the result
  record Absent(VectorPlan child, Labels labels) implements VectorPlan {
    @Override
    public boolean isDistinctWithoutName() {
      return true;
    }
  }

  /// The series with labels of the info series that describe them. Blocking on those. Equal labels
  /// of the result may come more than once.
  ///
  /// @param selector the info series
  /// @param nameMatchers what their names fulfil
  /// @param dataMatchers what the labels fulfil that are added; all labels are if it is empty
  record Info(
      VectorPlan child,
      Selector selector,
      List<LabelMatcher> nameMatchers,
      List<LabelMatcher> dataMatchers)
      implements OfChild {
    public Info {
      nameMatchers = List.copyOf(nameMatchers);
      dataMatchers = List.copyOf(dataMatchers);
    }
  }

  /// The series of a single step in another order; with more steps a warning instead. Blocking.
  ///
  /// @param site the call
  record Sort(SortOrder order, VectorPlan child, Site site) implements OfChild {}

  /// A scalar as a series without labels.
  record OfScalar(ScalarPlan scalar) implements VectorPlan {
    @Override
    public boolean isDistinctWithoutName() {
      return true;
    }
  }

  /// Evaluated at the first step, and the same at all others.
  record StepInvariant(VectorPlan child) implements OfChild {}

  /// Series that became equal when they lost their names: become one if they never have a value at
  /// the same step, else the query fails. Blocking.
  record Merge(VectorPlan child) implements VectorPlan {
    @Override
    public boolean isDistinctWithoutName() {
      boolean mayKeepNames = child instanceof Join || child instanceof Info;
      return !mayKeepNames || child.isDistinctWithoutName();
    }
  }

  /// Fails if two series have equal labels. Streaming, but remembers the labels.
  record Distinct(VectorPlan child) implements VectorPlan {
    @Override
    public boolean isDistinctWithoutName() {
      return true;
    }
  }
}
