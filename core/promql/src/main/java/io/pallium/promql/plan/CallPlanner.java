package io.pallium.promql.plan;

import io.pallium.base.QueryFailedException;
import io.pallium.model.LabelMatcher;
import io.pallium.model.Labels;
import io.pallium.promql.arithmetic.GoDuration;
import io.pallium.promql.ast.Call;
import io.pallium.promql.ast.Expr;
import io.pallium.promql.ast.MatrixSelector;
import io.pallium.promql.ast.PositionRange;
import io.pallium.promql.ast.StringLiteral;
import io.pallium.promql.ast.SubqueryExpr;
import io.pallium.promql.ast.ValueType;
import io.pallium.promql.ast.VectorSelector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// Plans function calls.
final class CallPlanner {
  private final Planner planner;
  private final InfoPlanner infos;

  CallPlanner(Planner planner) {
    this.planner = planner;
    this.infos = new InfoPlanner(planner);
  }

  /// The plan of a call that gives a scalar.
  ScalarPlan scalar(Call call, boolean isFrozen) {
    List<Expr> args = call.args();
    return switch (call.function().name()) {
      case "time" -> new ScalarPlan.Time();
      case "pi" -> new ScalarPlan.Constant(Math.PI);
      case "scalar" -> new ScalarPlan.OfVector(planner.vector(args.get(0), isFrozen));
      case "start" -> new ScalarPlan.Constant(planner.startMs() / 1000.0);
      case "end" -> new ScalarPlan.Constant(planner.endMs() / 1000.0);
      case "range" ->
          new ScalarPlan.Constant(GoDuration.seconds(planner.endMs() - planner.startMs()));
      case "step" ->
          new ScalarPlan.Constant(
              planner.startMs() == planner.endMs() ? 0 : GoDuration.seconds(planner.stepMs()));
      case "max_of", "min_of" ->
          new ScalarPlan.Extreme(
              call.function().name().equals("max_of"),
              planner.scalar(args.get(0), isFrozen),
              planner.scalar(args.get(1), isFrozen));
      default -> throw new AssertionError("BUG: no plan for " + call.function().name());
    };
  }

  /// The plan of a call that gives an instant vector.
  VectorPlan vector(Call call, boolean isFrozen) {
    String name = call.function().name();
    List<Expr> args = call.args();
    RangeFunction range = RangeFunction.named(name);
    if (range != null) {
      return overRange(range, call, isFrozen);
    }
    PointFunction point = PointFunction.named(name);
    if (point != null) {
      return ofPoints(point, args, isFrozen);
    }
    HistogramFunction histogram = HistogramFunction.named(name);
    if (histogram != null) {
      VectorPlan child = planner.vector(args.get(0), isFrozen);
      return Planner.merged(new VectorPlan.HistogramMap(histogram, child), child);
    }
    return switch (name) {
      case "vector" -> new VectorPlan.OfScalar(planner.scalar(args.get(0), isFrozen));
      case "timestamp" -> timestamp(Planner.unwrap(args.get(0)), isFrozen);
      case "info" -> infos.plan(call, isFrozen);
      case "start_timestamp" -> {
        Expr arg = Planner.unwrap(args.get(0));
        boolean isSelector = arg instanceof VectorSelector;
        VectorPlan child =
            arg instanceof VectorSelector selector
                ? new VectorPlan.Select(planner.selector(selector), true)
                : planner.vector(arg, isFrozen);
        yield Planner.merged(new VectorPlan.StartTimestamps(child, isSelector), child);
      }
      case "absent" -> absent(Planner.unwrap(args.get(0)), isFrozen);
      case "absent_over_time" -> absentOverTime(call, isFrozen);
      case "label_replace", "label_join" ->
          new VectorPlan.Relabel(labelChange(call), planner.vector(args.get(0), isFrozen));
      case "sort", "sort_desc", "sort_by_label", "sort_by_label_desc" -> {
        VectorPlan child = planner.vector(args.get(0), isFrozen);
        yield new VectorPlan.Sort(sortOrder(call), child, planner.site(call));
      }
      case "histogram_quantile" -> ofBuckets(BucketFunction.QUANTILE, args, isFrozen);
      case "histogram_quantiles" -> ofBuckets(BucketFunction.QUANTILES, args, isFrozen);
      case "histogram_fraction" -> ofBuckets(BucketFunction.FRACTION, args, isFrozen);
      default -> throw new AssertionError("BUG: no plan for " + name);
    };
  }

  private VectorPlan ofPoints(PointFunction function, List<Expr> args, boolean isFrozen) {
    if (args.isEmpty()) {
      VectorPlan now = new VectorPlan.OfScalar(new ScalarPlan.Time());
      return new VectorPlan.Map(function, now, List.of());
    }
    VectorPlan child = planner.vector(args.get(0), isFrozen);
    List<ScalarPlan> scalars = new ArrayList<>();
    for (Expr arg : args.subList(1, args.size())) {
      scalars.add(planner.scalar(arg, isFrozen));
    }
    return Planner.merged(new VectorPlan.Map(function, child, scalars), child);
  }

  private VectorPlan ofBuckets(BucketFunction function, List<Expr> args, boolean isFrozen) {
    List<ScalarPlan> scalars = new ArrayList<>();
    VectorPlan child = null;
    String label = null;
    for (Expr arg : args) {
      switch (arg.type()) {
        case SCALAR -> scalars.add(planner.scalar(arg, isFrozen));
        case STRING -> label = ((StringLiteral) Planner.unwrap(arg)).value();
        default -> child = planner.vector(arg, isFrozen);
      }
    }
    if (child == null) {
      throw new AssertionError("BUG: function over buckets without a vector");
    }
    List<Site> argSites = new ArrayList<>();
    Site childSite = null;
    for (Expr arg : args) {
      Site site = planner.site(Planner.unwrap(arg));
      if (arg.type() == ValueType.SCALAR) {
        argSites.add(site);
      } else if (arg.type() == ValueType.VECTOR) {
        childSite = site;
      }
    }
    return new VectorPlan.OfBuckets(
        function, scalars, label, child, argSites, Objects.requireNonNull(childSite));
  }

  private VectorPlan absent(Expr arg, boolean isFrozen) {
    Labels labels =
        arg instanceof VectorSelector selector ? absentLabels(selector.matchers()) : Labels.EMPTY;
    return new VectorPlan.Absent(planner.vector(arg, isFrozen), labels);
  }

  private VectorPlan absentOverTime(Call call, boolean isFrozen) {
    Expr arg = Planner.unwrap(call.args().get(0));
    Labels labels =
        arg instanceof MatrixSelector matrix
            ? absentLabels(matrix.vector().matchers())
            : Labels.EMPTY;
    VectorPlan present = ofRange(RangeFunction.PRESENT_OVER_TIME, call, isFrozen);
    return new VectorPlan.Absent(present, labels);
  }

  /// The labels that a selector fixes: those of equality matchers on names that occur once.
  private static Labels absentLabels(List<LabelMatcher> matchers) {
    Map<String, String> labels = new HashMap<>();
    Set<String> seen = new HashSet<>();
    for (LabelMatcher matcher : matchers) {
      String name = matcher.name();
      if (name.equals(Labels.METRIC_NAME)) {
        continue;
      }
      // Intended: only equality matchers count as seen, so that the order decides about others.
      if (matcher.type() == LabelMatcher.Type.EQUAL && seen.add(name)) {
        labels.put(name, matcher.value());
      } else {
        labels.remove(name);
      }
    }
    return Labels.of(labels);
  }

  private static LabelChange labelChange(Call call) {
    List<String> texts = texts(call);
    return call.function().name().equals("label_replace")
        ? LabelChange.replace(texts.get(0), texts.get(1), texts.get(2), texts.get(3))
        : LabelChange.join(texts.get(0), texts.get(1), texts.subList(2, texts.size()));
  }

  private static SortOrder sortOrder(Call call) {
    String name = call.function().name();
    boolean isDescending = name.endsWith("_desc");
    return name.startsWith("sort_by_label")
        ? new SortOrder.ByLabels(isDescending, texts(call))
        : new SortOrder.ByValue(isDescending);
  }

  /// The arguments after the first, which are strings.
  private static List<String> texts(Call call) {
    List<String> texts = new ArrayList<>();
    for (Expr arg : call.args().subList(1, call.args().size())) {
      texts.add(((StringLiteral) Planner.unwrap(arg)).value());
    }
    return texts;
  }

  private VectorPlan timestamp(Expr arg, boolean isFrozen) {
    if (arg instanceof VectorSelector selector) {
      VectorPlan select = new VectorPlan.Select(planner.selector(selector), true);
      return Planner.merged(select, select);
    }
    VectorPlan child = planner.vector(arg, isFrozen);
    return Planner.merged(new VectorPlan.Timestamps(child), child);
  }

  private VectorPlan overRange(RangeFunction function, Call call, boolean isFrozen) {
    VectorPlan plan = ofRange(function, call, isFrozen);
    boolean isDistinct = function.keepsName() || plan.isDistinctWithoutName();
    return isDistinct ? plan : new VectorPlan.Distinct(plan);
  }

  private VectorPlan ofRange(RangeFunction function, Call call, boolean isFrozen) {
    List<ScalarPlan> scalars = new ArrayList<>();
    RangeSource source = null;
    for (Expr arg : call.args()) {
      if (arg.type() == ValueType.MATRIX) {
        source = planner.source(Planner.unwrap(arg));
        requireFittingEdges(source, call);
      } else {
        scalars.add(planner.scalar(arg, isFrozen));
      }
    }
    if (source == null) {
      throw new AssertionError("BUG: " + function.text() + " without a range");
    }
    return new VectorPlan.OverRange(function, source, scalars, rangeSite(call));
  }

  private static void requireFittingEdges(RangeSource source, Call call) {
    if (!(source instanceof RangeSource.Stored stored)) {
      return;
    }
    String name = call.function().name();
    List<String> fitting =
        switch (stored.selector().edges()) {
          case PLAIN -> List.of(name);
          case ANCHORED -> List.of("changes", "delta", "increase", "rate", "resets");
          case SMOOTHED -> List.of("delta", "increase", "rate");
        };
    if (!fitting.contains(name)) {
      throw new QueryFailedException(
          stored.selector().edges().keyword()
              + " modifier can only be used with: "
              + String.join(", ", fitting)
              + " - not with "
              + name);
    }
  }

  private Site rangeSite(Call call) {
    Expr first = Planner.unwrap(call.args().get(0));
    // Intended: Prometheus loses the position of a sub-query by then, and names the query's start.
    return first instanceof SubqueryExpr
        ? planner.site(new PositionRange(0, 0))
        : planner.site(first);
  }
}
