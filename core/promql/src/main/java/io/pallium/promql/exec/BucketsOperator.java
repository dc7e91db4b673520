package io.pallium.promql.exec;

import io.pallium.base.QueryFailedException;
import io.pallium.model.FloatHistogram;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.promql.parse.GoFloat;
import io.pallium.promql.parse.GoText;
import io.pallium.promql.plan.BucketFunction;
import io.pallium.promql.plan.VectorPlan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Quantiles and fractions of histograms. Blocking: the buckets of a classic histogram do not come
/// one after another, and where there is a native histogram of the same labels, neither counts.
/// Native histograms are not kept, only what comes out of them.
final class BucketsOperator extends BlockingOperator {
  private static final String BOUND = "le";
  private static final int BYTES_PER_BUCKET = 128;
  private static final int BYTES_PER_HISTOGRAM = 128;

  private record Bucket(double upperBound, StepColumn column) {}

  /// The results of a series of native histograms.
  ///
  /// @param columns one for each result
  /// @param nanSteps steps at which the result is NaN since observations are
  /// @param skewedSteps steps at which observations that are NaN changed the result
  private record NativeSeries(
      Labels labels, List<StepColumn> columns, long[] nanSteps, long[] skewedSteps) {}

  private final ExecutionContext context;
  private final VectorPlan.OfBuckets plan;
  private final List<ScalarOperator> args;
  private final SeriesOperator child;
  private final Steps steps;
  private final int resultCount;
  private final LabelProjection names;
  private final LabelProjection withoutBound = LabelProjection.dropping(List.of(BOUND));
  private final List<NativeSeries> natives = new ArrayList<>();
  private final Map<Labels, List<Bucket>> classics = new LinkedHashMap<>();
  private final Map<String, MonotonicityFixes> fixes = new TreeMap<>();
  private final Scratch room;
  private @Nullable StepColumn scratch;

  BucketsOperator(
      ExecutionContext context,
      VectorPlan.OfBuckets plan,
      List<ScalarOperator> args,
      SeriesOperator child,
      Steps steps) {
    super(context.reservation());
    this.context = context;
    this.plan = plan;
    this.args = args;
    this.child = child;
    this.steps = steps;
    this.room = memory().scratch();
    this.names = LabelProjection.removingNames(context.semantics().delaysNames());
    this.resultCount = plan.function() == BucketFunction.QUANTILES ? args.size() : 1;
  }

  @Override
  SeriesOperator compute() {
    if (plan.function() != BucketFunction.FRACTION) {
      warnAboutQuantiles();
    }
    read();
    var results = new SeriesTable(memory(), steps.count());
    var index = new SeriesTable.Index(results);
    for (NativeSeries series : natives) {
      removeConflicts(series);
      informAboutNans(series);
      emit(index, series.labels, series.columns);
    }
    var histogram = new Buckets();
    List<StepColumn> columns = columns();
    classics.forEach(
        (labels, buckets) -> {
          context.control().giveWay();
          buckets.sort(Comparator.comparingDouble(Bucket::upperBound));
          columns.forEach(StepColumn::clear);
          compute(buckets, histogram, columns, labels);
          emit(index, labels, columns);
        });
    fixes.forEach(
        (suffix, ofName) ->
            context.annotations().inform(plan.childSite(), suffix, ofName.asPrometheusCounts()));
    return results.operator();
  }

  @Override
  void closeChildren() {
    child.close();
    natives.clear();
    classics.clear();
  }

  private void warnAboutQuantiles() {
    for (int i = 0; i < args.size(); i++) {
      for (double value : args.get(i).values()) {
        if (!(value >= 0 && value <= 1)) {
          QuantileWarning.add(context.annotations(), plan.argSites().get(i), value);
        }
      }
    }
  }

  /// What warnings and infos add about a series: its name, if operations leave it alone.
  private String suffix(Labels labels) {
    String name = context.semantics().delaysNames() ? labels.get(Labels.METRIC_NAME) : null;
    return name == null ? "" : " for metric name " + GoText.quote(name);
  }

  private void read() {
    var table = new SeriesTable(memory(), steps.count());
    while (child.next()) {
      context.control().giveWay();
      StepColumn column = child.column();
      if (column.hasHistograms()) {
        readHistograms(child.labels(), column);
      }
      if (!column.isEmpty()) {
        readBucket(child.labels(), column, table);
      }
    }
    child.close();
  }

  /// Computes what comes out of the native histograms of a series and takes them out of it.
  private void readHistograms(Labels labels, StepColumn column) {
    NativeSeries series = null;
    var quantile = new HistogramQuantile();
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      NativeHistogram histogram = column.histogram(i);
      if (histogram == null) {
        continue;
      }
      column.remove(i);
      if (series == null) {
        memory().reserve(BYTES_PER_HISTOGRAM + labels.bytes().length);
        long[] nanSteps = memory().bitmap(steps.count());
        series = new NativeSeries(labels, columns(), nanSteps, memory().bitmap(steps.count()));
        natives.add(series);
      }
      room.ensureFor(histogram);
      compute(FloatHistogram.of(histogram), quantile, i, series);
    }
  }

  private void compute(
      FloatHistogram histogram, HistogramQuantile quantile, int step, NativeSeries series) {
    for (int i = 0; i < resultCount; i++) {
      double first = args.get(i).values()[step];
      double value =
          plan.function() == BucketFunction.FRACTION
              ? quantile.fraction(first, args.get(1).values()[step], histogram)
              : quantile.quantile(first, histogram);
      series.columns.get(i).set(step, value);
      switch (quantile.nanEffect()) {
        case NONE -> {}
        case RESULT_IS_NAN -> series.nanSteps[step >>> 6] |= 1L << step;
        case RESULT_IS_SKEWED -> series.skewedSteps[step >>> 6] |= 1L << step;
      }
    }
  }

  private void readBucket(Labels labels, StepColumn column, SeriesTable table) {
    String text = labels.get(BOUND);
    Double bound = GoFloat.parse(text == null ? "" : text);
    if (bound == null) {
      context
          .annotations()
          .warn(
              plan.childSite(),
              "bucket label \"le\" is missing or has a malformed value of "
                  + GoText.quote(text == null ? "" : text)
                  + suffix(labels));
      return;
    }
    memory().reserve(BYTES_PER_BUCKET);
    Labels key = withoutBound.apply(labels);
    table.add(key, column);
    classics
        .computeIfAbsent(key, _ -> new ArrayList<>())
        .add(new Bucket(bound, table.column(table.size() - 1)));
  }

  /// Where there are native and classic histograms of the same labels, neither counts.
  private void removeConflicts(NativeSeries series) {
    List<Bucket> buckets = classics.get(series.labels);
    if (buckets == null) {
      return;
    }
    long[] conflicts = memory().bitmap(steps.count());
    for (Bucket bucket : buckets) {
      long[] present = bucket.column.presence();
      for (int i = 0; i < conflicts.length; i++) {
        conflicts[i] |= present[i] & series.columns.get(0).presence()[i];
      }
    }
    for (long word : conflicts) {
      if (word != 0) {
        context
            .annotations()
            .warn(
                plan.childSite(),
                "vector contains a mix of classic and native histograms" + suffix(series.labels));
      }
    }
    buckets.forEach(bucket -> bucket.column.mask(conflicts, true));
    series.columns.forEach(column -> column.mask(conflicts, true));
    for (int i = 0; i < conflicts.length; i++) {
      series.nanSteps[i] &= ~conflicts[i];
      series.skewedSteps[i] &= ~conflicts[i];
    }
  }

  private void informAboutNans(NativeSeries series) {
    boolean isFraction = plan.function() == BucketFunction.FRACTION;
    String suffix = suffix(series.labels);
    informIfAny(
        series.nanSteps,
        "input to histogram_quantile has NaN observations, result is NaN" + suffix);
    informIfAny(
        series.skewedSteps,
        (isFraction
                ? "input to histogram_fraction has NaN observations, which are excluded from all"
                    + " fractions"
                : "input to histogram_quantile has NaN observations, result is skewed higher")
            + suffix);
  }

  private void informIfAny(long[] bitmap, String text) {
    for (long word : bitmap) {
      if (word != 0) {
        context.annotations().inform(plan.childSite(), text);
        return;
      }
    }
  }

  private void compute(
      List<Bucket> buckets, Buckets histogram, List<StepColumn> out, Labels labels) {
    for (int step = 0; step < steps.count(); step++) {
      histogram.clear();
      for (Bucket bucket : buckets) {
        if (bucket.column.isPresent(step)) {
          histogram.add(bucket.upperBound, bucket.column.value(step));
        }
      }
      if (histogram.isEmpty()) {
        continue;
      }
      for (int i = 0; i < resultCount; i++) {
        out.get(i).set(step, compute(histogram, i, step, labels));
      }
    }
  }

  private double compute(Buckets buckets, int result, int step, Labels labels) {
    double first = args.get(result).values()[step];
    if (plan.function() == BucketFunction.FRACTION) {
      return buckets.fraction(first, args.get(1).values()[step]);
    }
    double quantile = buckets.quantile(first);
    if (buckets.wasFixed()) {
      String suffix = suffix(labels);
      MonotonicityFixes ofName = fixes.get(suffix);
      if (ofName == null) {
        memory().reserve(BYTES_PER_HISTOGRAM + 2L * suffix.length() + 4L * steps.count());
        ofName = new MonotonicityFixes(steps.count());
        fixes.put(suffix, ofName);
      }
      ofName.add(step, buckets.fix(steps.timeMs(step)));
    }
    return quantile;
  }

  private List<StepColumn> columns() {
    List<StepColumn> columns = new ArrayList<>();
    for (int i = 0; i < resultCount; i++) {
      columns.add(memory().column(steps.count()));
    }
    return columns;
  }

  private void emit(SeriesTable.Index index, Labels labels, List<StepColumn> columns) {
    Labels base = names.apply(labels);
    String label = plan.label();
    for (int i = 0; i < resultCount; i++) {
      if (label == null) {
        merge(index, base, columns.get(i));
      } else {
        emit(index, base, label, args.get(i).values(), columns.get(i));
      }
    }
  }

  /// Adds the quantile as a label; it may be another one at each step.
  private void emit(
      SeriesTable.Index index, Labels base, String label, double[] quantiles, StepColumn column) {
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i)) {
      Map<String, String> labels = new TreeMap<>(NameMark.remove(base).toMap());
      labels.put(label, GoText.openMetrics(quantiles[i]));
      Labels unmarked = Labels.of(labels);
      Labels result = NameMark.isOn(base) ? NameMark.add(unmarked) : unmarked;
      merge(index, result, takeEqual(column, quantiles, i));
    }
  }

  /// Takes the steps out of a column at which the quantile is that of a step.
  private StepColumn takeEqual(StepColumn column, double[] quantiles, int step) {
    StepColumn taken = scratch();
    for (int i = step; i >= 0; i = column.nextPresent(i + 1)) {
      if (Double.compare(quantiles[i], quantiles[step]) == 0) {
        taken.set(i, column.value(i));
        column.remove(i);
      }
    }
    return taken;
  }

  private StepColumn scratch() {
    StepColumn column = scratch;
    if (column == null) {
      column = memory().column(steps.count());
      scratch = column;
    }
    column.clear();
    return column;
  }

  private static void merge(SeriesTable.Index index, Labels labels, StepColumn column) {
    if (!column.isEmpty() && !index.merge(labels, column)) {
      throw new QueryFailedException(MergeOperator.DUPLICATE);
    }
  }
}
