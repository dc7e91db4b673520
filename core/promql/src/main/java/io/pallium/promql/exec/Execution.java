package io.pallium.promql.exec;

import io.pallium.base.QueryFailedException;
import io.pallium.model.Labels;
import io.pallium.model.NativeHistogram;
import io.pallium.promql.plan.RangeSource;
import io.pallium.promql.plan.ScalarPlan;
import io.pallium.promql.plan.Selector;
import io.pallium.promql.plan.VectorPlan;
import io.pallium.storage.SampleColumn;
import io.pallium.storage.SeriesSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Carries plans out and holds what comes out of them until the result is closed.
public final class Execution implements AutoCloseable {
  /// A series of a result and its place in sets and lists, without its labels.
  private static final int BYTES_PER_SERIES = 128;

  private final ExecutionContext context;
  private final Reservation memory;
  private final List<SampleColumn> samples = new ArrayList<>();

  /// @param context shared by all of the query; closed before the result is read
  public Execution(ExecutionContext context) {
    this.context = context;
    this.memory = new Reservation(context.control().budget());
  }

  /// Reserves what is there until the result is closed.
  public void reserve(long bytes) {
    memory.reserve(bytes);
  }

  /// The series of a vector at all steps, in label order if that is asked for.
  public List<ResultSeries> vector(VectorPlan plan, Steps steps, boolean isSorted) {
    var table = new SeriesTable(memory, steps.count());
    table.drain(root(plan, steps));
    memory.reserve((long) BYTES_PER_SERIES * table.size());
    Set<Labels> seen = new HashSet<>();
    List<ResultSeries> series = new ArrayList<>(table.size());
    for (int i = 0; i < table.size(); i++) {
      if (!seen.add(table.labels(i))) {
        throw new QueryFailedException(MergeOperator.DUPLICATE);
      }
      series.add(ResultSeries.ofSteps(table.labels(i), steps, table.column(i)));
    }
    if (isSorted) {
      series.sort(Comparator.comparing(ResultSeries::labels));
    }
    return series;
  }

  /// With delayed removal of names, they are dropped here.
  private SeriesOperator root(VectorPlan plan, Steps steps) {
    SeriesOperator operator = new OperatorBuilder(context).vector(plan, steps, true);
    if (!context.semantics().delaysNames()) {
      return operator;
    }
    return context.own(
        new MergeOperator(new MarkedNamesOperator(operator), context.reservation(), steps.count()));
  }

  /// A scalar at all steps, as a series without labels.
  public ResultSeries scalar(ScalarPlan plan, Steps steps) {
    double[] values = new OperatorBuilder(context).scalar(plan, steps).values();
    StepColumn column = memory.column(steps.count());
    for (int i = 0; i < values.length; i++) {
      column.set(i, values[i]);
    }
    return ResultSeries.ofSteps(Labels.EMPTY, steps, column);
  }

  /// The samples of a range themselves, in label order.
  public List<ResultSeries> raw(RangeSource source, Steps instant) {
    return switch (source) {
      case RangeSource.Stored stored -> stored(stored, instant);
      case RangeSource.Subquery subquery ->
          vector(
              subquery.child(),
              counted(OperatorBuilder.subquerySteps(subquery, instant), instant),
              true);
    };
  }

  /// Makes what the steps of a part look at count at those around it.
  private static Steps counted(Steps part, Steps around) {
    return around.counts() == null ? part : part.counted(around.counts().part(part.count()));
  }

  /// The steps with a count of the samples that they look at, which is there until the result is
  /// closed.
  public Steps counted(Steps steps) {
    memory.reserve((long) Long.BYTES * steps.count());
    return steps.counted(new SampleCounts(steps.count()));
  }

  private List<ResultSeries> stored(RangeSource.Stored stored, Steps instant) {
    var extended = ExtendedWindow.of(stored, context.lookbackMs());
    Selector selector = extended.shift(stored.selector());
    var selection =
        new Selection(context, selector, instant, extended.windowMs(), stored.rangeMs());
    long rangeEndMs = stored.shift().apply(instant.startMs());
    List<ResultSeries> series = new ArrayList<>();
    SeriesSet set = selection.open();
    while (set.next()) {
      context.control().giveWay();
      SampleColumn column = new SampleColumn(context.control());
      samples.add(column);
      SampleReading.readAll(set.samples(), selection, column);
      SampleReading.trim(column, selection.startMs(), selection.endMs(), memory);
      context.control().addSamplesRead(column.size());
      if (instant.counts() != null) {
        count(column, instant.counts());
      }
      if (!extended.isPlain()) {
        ExtendedSamples.apply(extended, column, rangeEndMs - stored.rangeMs(), rangeEndMs, memory);
      }
      if (column.size() > 0) {
        Labels labels = set.labels();
        memory.reserve(BYTES_PER_SERIES + labels.bytes().length);
        series.add(ResultSeries.ofSamples(labels, column));
      } else {
        column.release();
      }
    }
    series.sort(Comparator.comparing(ResultSeries::labels));
    return series;
  }

  private static void count(SampleColumn column, SampleCounts into) {
    for (int i = 0; i < column.size(); i++) {
      NativeHistogram histogram = column.histogram(i);
      into.add(0, histogram == null ? 1 : SampleCounts.samples(histogram));
    }
  }

  /// Gives back the memory of the result.
  @Override
  public void close() {
    samples.forEach(SampleColumn::release);
    samples.clear();
    memory.close();
    context.annotations().close();
  }
}
