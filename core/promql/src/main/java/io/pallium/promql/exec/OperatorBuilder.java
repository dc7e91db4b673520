package io.pallium.promql.exec;

import io.pallium.model.Labels;
import io.pallium.promql.ast.AggregateOp;
import io.pallium.promql.ast.BinaryOp;
import io.pallium.promql.plan.BucketFunction;
import io.pallium.promql.plan.Grouping;
import io.pallium.promql.plan.MetricNames;
import io.pallium.promql.plan.RangeFunction;
import io.pallium.promql.plan.RangeSource;
import io.pallium.promql.plan.ScalarPlan;
import io.pallium.promql.plan.Selector;
import io.pallium.promql.plan.Site;
import io.pallium.promql.plan.SortOrder;
import io.pallium.promql.plan.VectorPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Turns plans into operators over given steps; operands before the operation, in the order in
/// which Prometheus evaluates them.
final class OperatorBuilder {
  private final ExecutionContext context;

  /// Those of the operation that is being built.
  private List<Operand> operands = new ArrayList<>();

  OperatorBuilder(ExecutionContext context) {
    this.context = context;
  }

  /// @param hasLabels whether the labels of the series are going to be asked for
  SeriesOperator vector(VectorPlan plan, Steps steps, boolean hasLabels) {
    if (steps.count() == 0) {
      return new SeriesTable(context.reservation(), 0).operator();
    }
    List<Operand> outer = operands;
    operands = new ArrayList<>();
    var operand = new SeriesOperand(operator(plan, steps, hasLabels), operands);
    operands = outer;
    operands.add(operand);
    return context.own(operand);
  }

  private SeriesOperator operator(VectorPlan plan, Steps steps, boolean hasLabels) {
    return switch (plan) {
      case VectorPlan.Select select -> select(select, false, steps, hasLabels);
      case VectorPlan.Smoothed smoothed -> smoothed(smoothed, steps, hasLabels);
      case VectorPlan.OverRange range -> overRange(range, steps, hasLabels);
      case VectorPlan.Map map ->
          new MapOperator(
              map.function(),
              vector(map.child(), steps, hasLabels),
              scalars(map.args(), steps),
              context.reservation().scratch(),
              names());
      case VectorPlan.HistogramMap map ->
          new HistogramFunctionOperator(
              map.function(),
              vector(map.child(), steps, hasLabels),
              context.reservation().scratch(),
              delaysNames() ? names() : LabelProjection.droppingName());
      case VectorPlan.Timestamps timestamps ->
          new TimestampsOperator(vector(timestamps.child(), steps, hasLabels), steps, names());
      case VectorPlan.StartTimestamps starts -> startTimestamps(starts, steps, hasLabels);
      case VectorPlan.WithScalar with -> withScalar(with, steps, hasLabels);
      case VectorPlan.Aggregate aggregate -> aggregate(aggregate, steps);
      case VectorPlan.Quantile quantile -> quantile(quantile, steps);
      case VectorPlan.Choice choice -> choice(choice, steps);
      case VectorPlan.CountValues count -> countValues(count, steps);
      case VectorPlan.Join join -> join(join, steps);
      case VectorPlan.SetOperation set -> set(set, steps);
      case VectorPlan.OfBuckets of -> buckets(of, steps);
      case VectorPlan.Relabel relabel ->
          new MergeOperator(
              new RelabelOperator(
                  relabel.change(),
                  vector(relabel.child(), steps, true),
                  context.reservation().scratch()),
              context.reservation(),
              steps.count());
      case VectorPlan.Info info -> info(info, steps);
      case VectorPlan.Absent absent -> absent(absent, steps);
      case VectorPlan.Sort sort -> sort(sort, steps, hasLabels);
      case VectorPlan.OfScalar of ->
          new ScalarSeriesOperator(
              scalar(of.scalar(), steps), context.reservation(), steps.count());
      case VectorPlan.StepInvariant invariant ->
          new StepInvariantOperator(
              vector(invariant.child(), steps.first(), hasLabels),
              context.reservation(),
              steps.count());
      case VectorPlan.Merge merge ->
          new MergeOperator(
              vector(merge.child(), steps, true), context.reservation(), steps.count());
      case VectorPlan.Distinct distinct ->
          new DistinctOperator(vector(distinct.child(), steps, true), context.reservation());
    };
  }

  ScalarOperator scalar(ScalarPlan plan, Steps steps) {
    if (steps.count() == 0) {
      return ScalarOperators.constant(0, context.reservation(), 0);
    }
    List<Operand> outer = operands;
    operands = new ArrayList<>();
    var operand = new ScalarOperand(operator(plan, steps));
    operands = outer;
    operands.add(operand);
    return operand;
  }

  private ScalarOperator operator(ScalarPlan plan, Steps steps) {
    Reservation memory = context.reservation();
    int count = steps.count();
    return switch (plan) {
      case ScalarPlan.Constant constant ->
          ScalarOperators.constant(constant.value(), memory, count);
      case ScalarPlan.Time _ -> ScalarOperators.time(memory, steps);
      case ScalarPlan.OfVector of ->
          ScalarOperators.ofVector(vector(of.child(), steps, false), memory, count);
      case ScalarPlan.Binary binary ->
          ScalarOperators.binary(
              binary.op(), scalar(binary.lhs(), steps), scalar(binary.rhs(), steps), memory, count);
      case ScalarPlan.Negated negated ->
          ScalarOperators.negated(scalar(negated.child(), steps), memory, count);
      case ScalarPlan.Extreme extreme ->
          ScalarOperators.extreme(
              extreme.isMax(),
              scalar(extreme.lhs(), steps),
              scalar(extreme.rhs(), steps),
              memory,
              count);
      case ScalarPlan.StepInvariant invariant ->
          ScalarOperators.invariant(scalar(invariant.child(), steps.first()), memory, count);
    };
  }

  /// The steps of a sub-query within the steps of the query around it.
  static Steps subquerySteps(RangeSource.Subquery subquery, Steps steps) {
    long from = subquery.shift().apply(steps.startMs()) - subquery.rangeMs();
    long to = subquery.shift().apply(steps.endMs());
    long stepMs = subquery.stepMs();
    long startMs = stepMs * (from / stepMs);
    if (startMs <= from) {
      startMs += stepMs;
    }
    return Steps.range(startMs, to, stepMs);
  }

  /// What an operation does to the names of its result.
  private LabelProjection names() {
    return LabelProjection.removingNames(delaysNames());
  }

  private boolean delaysNames() {
    return context.semantics().delaysNames();
  }

  /// The groups of an aggregation; with delayed removal, marked as their members are.
  private SeriesOperator grouped(
      Grouping grouping,
      SeriesOperator child,
      Function<SeriesOperator, SeriesOperator> aggregation) {
    if (!delaysNames() || !grouping.isBy(Labels.METRIC_NAME)) {
      return aggregation.apply(child);
    }
    var groups =
        new MarkedGroups(LabelProjection.keeping(grouping.labels()), context.reservation());
    return groups.groups(context.own(aggregation.apply(groups.members(child))));
  }

  private List<ScalarOperator> scalars(List<ScalarPlan> plans, Steps steps) {
    return plans.stream().map(plan -> scalar(plan, steps)).toList();
  }

  private SeriesOperator startTimestamps(
      VectorPlan.StartTimestamps starts, Steps steps, boolean hasLabels) {
    return context.semantics().usesStarts()
            && starts.isOfSelector()
            && starts.child() instanceof VectorPlan.Select select
        ? select(select, true, steps, hasLabels)
        : new DrainedOperator(vector(starts.child(), steps, false));
  }

  private SeriesOperator select(
      VectorPlan.Select select, boolean isStart, Steps steps, boolean hasLabels) {
    Selector selector = select.selector();
    var selection = new Selection(context, selector, steps, context.lookbackMs(), 0);
    // Opened before the operator, and so closed after it and what computes for it.
    Reservation memory = context.reservation();
    Supplier<LeafKernel> kernels =
        () ->
            new InstantKernel(
                context.control(),
                steps,
                selection,
                context.lookbackMs(),
                select.isTimestamp(),
                isStart,
                memory.scratch());
    return new LeafOperator(
        context, selection, kernels, steps, hasLabels, select.isTimestamp() ? names() : null);
  }

  private SeriesOperator smoothed(VectorPlan.Smoothed smoothed, Steps steps, boolean hasLabels) {
    Selector selector = smoothed.selector();
    // Opened before the operator, and so closed after it and what computes for it.
    Reservation memory = context.reservation();
    long lookbackMs = context.lookbackMs();
    // As a range of no length at the time of the step.
    var around = new ExtendedWindow(selector.edges(), 0, lookbackMs);
    var selection = new Selection(context, around.shift(selector), steps, around.windowMs(), 0);
    Supplier<LeafKernel> kernels =
        () ->
            new SmoothedKernel(
                context.control(),
                steps,
                selector.shift(),
                lookbackMs,
                new Window(
                    context.annotations(), smoothed.site(), selector.name(), false, null, memory));
    boolean needsLabels = hasLabels || selector.name() == null;
    return new LeafOperator(context, selection, kernels, steps, needsLabels, null);
  }

  private SeriesOperator overRange(VectorPlan.OverRange range, Steps steps, boolean hasLabels) {
    LabelProjection names = range.function().keepsName() ? null : names();
    // Opened before the operator, and so closed after it and what computes for it.
    Reservation memory = context.reservation();
    return switch (range.source()) {
      case RangeSource.Stored stored -> {
        Selector selector = stored.selector();
        var extended = ExtendedWindow.of(stored, context.lookbackMs());
        long windowMs = extended.windowMs();
        var selection =
            new Selection(context, extended.shift(selector), steps, windowMs, stored.rangeMs());
        boolean needsLabels =
            hasLabels || selector.name() == null || context.semantics().trustsTypes();
        List<ScalarOperator> args = scalars(range.args(), steps);
        Supplier<LeafKernel> kernels = () -> kernel(range, selector.name(), args, steps, memory);
        yield new LeafOperator(context, selection, kernels, steps, needsLabels, names);
      }
      case RangeSource.Subquery subquery -> {
        Steps childSteps = subquerySteps(subquery, steps);
        SeriesOperator child = vector(subquery.child(), childSteps, true);
        List<ScalarOperator> args = scalars(range.args(), steps);
        yield new SubqueryRangeOperator(
            context,
            child,
            childSteps,
            () -> kernel(range, null, args, steps, memory),
            names,
            steps.count());
      }
    };
  }

  private RangeKernel kernel(
      VectorPlan.OverRange range,
      @Nullable String name,
      List<ScalarOperator> args,
      Steps steps,
      Reservation memory) {
    RangeSource source = range.source();
    var extended = ExtendedWindow.of(source, context.lookbackMs());
    boolean usesStarts = context.semantics().usesStarts();
    List<double[]> columns = args.stream().map(ScalarOperator::values).toList();
    return new RangeKernel(
        context.control(),
        steps,
        extended.shift(source.shift()),
        extended.windowMs(),
        extended.isPlain()
            ? WindowFunctions.create(range.function(), source.rangeMs(), steps, columns, memory)
            : extended.function(range.function()),
        counterCheck(range.function()),
        new Window(
            context.annotations(),
            range.site(),
            name,
            usesStarts,
            totals(source, steps, memory),
            memory));
  }

  private SeriesOperator buckets(VectorPlan.OfBuckets of, Steps steps) {
    if (of.function() == BucketFunction.QUANTILES) {
      SeriesOperator child = vector(of.child(), steps, true);
      return new BucketsOperator(context, of, scalars(of.args(), steps), child, steps);
    }
    List<ScalarOperator> args = scalars(of.args(), steps);
    return new BucketsOperator(context, of, args, vector(of.child(), steps, true), steps);
  }

  private SeriesOperator info(VectorPlan.Info info, Steps steps) {
    Selector selector = info.selector();
    var selection = new Selection(context, selector, steps, context.lookbackMs(), 0);
    Supplier<LeafKernel> kernels =
        () -> new InfoKernel(steps, selector.shift(), context.lookbackMs());
    return new InfoOperator(
        context.control(),
        vector(info.child(), steps, true),
        context.own(new LeafOperator(context, selection, kernels, steps, true, null)),
        info.nameMatchers(),
        info.dataMatchers(),
        context.reservation(),
        steps);
  }

  private RangeKernel.CounterCheck counterCheck(RangeFunction function) {
    if (!function.isForCounters()) {
      return RangeKernel.CounterCheck.NONE;
    }
    return context.semantics().trustsTypes()
        ? RangeKernel.CounterCheck.BY_TYPE
        : RangeKernel.CounterCheck.BY_NAME;
  }

  private static @Nullable HistogramTotals totals(
      RangeSource source, Steps steps, Reservation memory) {
    return source instanceof RangeSource.Stored stored && stored.selector().isTotalsOnly()
        ? new HistogramTotals(steps, source.shift(), source.rangeMs(), memory.scratch())
        : null;
  }

  private SeriesOperator absent(VectorPlan.Absent absent, Steps steps) {
    VectorPlan child = absent.child();
    boolean isQuiet =
        child instanceof VectorPlan.Select
            || child instanceof VectorPlan.OverRange range
                && range.function() == RangeFunction.PRESENT_OVER_TIME
                && range.source() instanceof RangeSource.Stored;
    return new AbsentOperator(
        vector(child, steps, false),
        absent.labels(),
        isQuiet && steps.counts() == null,
        context.reservation(),
        steps.count());
  }

  private SeriesOperator sort(VectorPlan.Sort sort, Steps steps, boolean hasLabels) {
    if (steps.isInstant()) {
      return new SortOperator(
          context.control(),
          sort.order(),
          vector(sort.child(), steps, true),
          context.reservation());
    }
    boolean dropsHistograms = sort.order() instanceof SortOrder.ByValue;
    return new UnsortedOperator(
        vector(sort.child(), steps, hasLabels),
        dropsHistograms,
        context.annotations(),
        sort.site());
  }

  private SeriesOperator withScalar(VectorPlan.WithScalar with, Steps steps, boolean hasLabels) {
    BinaryKernel kernel = binary(with.op(), with.returnBool(), with.site(), steps);
    return new WithScalarOperator(
        kernel,
        vector(with.vector(), steps, hasLabels),
        scalar(with.scalar(), steps),
        with.isScalarLeft(),
        with.dropsName() ? names() : null);
  }

  private BinaryKernel binary(BinaryOp op, boolean returnBool, Site site, Steps steps) {
    Reservation memory = context.reservation();
    var notes = new LastNotes(site, memory, steps.count());
    context.annotations().addAtEnd(notes);
    return new BinaryKernel(op, returnBool, notes, memory.scratch());
  }

  private SeriesOperator aggregate(VectorPlan.Aggregate aggregate, Steps steps) {
    LabelProjection grouping = grouping(aggregate.grouping());
    String metricName = delaysNames() ? null : MetricNames.of(aggregate.child());
    // Sums and means of native histograms that do not go together are reported with the name.
    boolean needsName =
        metricName == null
            && (aggregate.op() == AggregateOp.SUM || aggregate.op() == AggregateOp.AVG);
    return grouped(
        aggregate.grouping(),
        vector(aggregate.child(), steps, grouping != null || needsName),
        child ->
            new AggregateOperator(
                context,
                aggregate.op(),
                aggregate.site(),
                child,
                grouping,
                metricName,
                steps.count()));
  }

  private SeriesOperator quantile(VectorPlan.Quantile quantile, Steps steps) {
    LabelProjection grouping = grouping(quantile.grouping());
    ScalarOperator value = scalar(quantile.quantile(), steps);
    return grouped(
        quantile.grouping(),
        vector(quantile.child(), steps, grouping != null),
        child ->
            new QuantileOperator(
                context,
                value,
                child,
                grouping,
                steps.count(),
                quantile.quantileSite(),
                quantile.site()));
  }

  private SeriesOperator choice(VectorPlan.Choice choice, Steps steps) {
    LabelProjection grouping = grouping(choice.grouping());
    ScalarOperator param = scalar(choice.param(), steps);
    SeriesOperator child = vector(choice.child(), steps, true);
    int count = steps.count();
    return switch (choice.op()) {
      case TOPK, BOTTOMK ->
          new TopOperator(context, choice.op(), param, child, grouping, count, choice.site());
      case LIMITK -> new LimitOperator(param, child, grouping, count, context.reservation());
      case LIMIT_RATIO ->
          new LimitRatioOperator(param, child, context.annotations(), choice.site());
      default -> throw new AssertionError("BUG: " + choice.op().text() + " chooses no series");
    };
  }

  private SeriesOperator countValues(VectorPlan.CountValues count, Steps steps) {
    String label = count.label();
    boolean keepsLabel = !count.grouping().without() || count.grouping().isBy(label);
    // The label itself never makes a group: the values do.
    LabelProjection projection = grouping(count.grouping().ignoring(label));
    return new CountValuesOperator(
        context,
        label,
        vector(count.child(), steps, projection != null),
        projection,
        keepsLabel,
        steps.count());
  }

  /// The labels that make a group; null if all series are in one.
  private static @Nullable LabelProjection grouping(Grouping grouping) {
    if (grouping.isWhole()) {
      return null;
    }
    return grouping.without()
        ? LabelProjection.dropping(grouping.ignoring(Labels.METRIC_NAME).labels())
        : LabelProjection.keeping(grouping.labels());
  }

  private SeriesOperator join(VectorPlan.Join join, Steps steps) {
    BinaryKernel kernel = binary(join.op(), join.returnBool(), join.site(), steps);
    return new JoinOperator(
        context.control(),
        kernel,
        join.matching(),
        vector(join.lhs(), steps, true),
        vector(join.rhs(), steps, true),
        context.reservation(),
        steps.count(),
        new JoinLabels(join.matching(), join.op(), join.returnBool(), delaysNames()),
        join.isDistinct());
  }

  private SeriesOperator set(VectorPlan.SetOperation set, Steps steps) {
    Reservation memory = context.reservation();
    int count = steps.count();
    SeriesOperator lhs = vector(set.lhs(), steps, true);
    SeriesOperator rhs = vector(set.rhs(), steps, true);
    var signatures = new SignatureSteps(new Signatures(set.matching(), memory), memory, count);
    return set.op() == BinaryOp.OR
        ? new OrOperator(lhs, rhs, signatures, memory, count)
        : new SetOperator(lhs, rhs, signatures, memory, set.op() == BinaryOp.UNLESS);
  }
}
