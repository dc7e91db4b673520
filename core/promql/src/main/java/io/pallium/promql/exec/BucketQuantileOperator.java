package io.pallium.promql.exec;

import io.pallium.base.QueryFailedException;
import io.pallium.model.Labels;
import io.pallium.promql.plan.Site;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `histogram_quantile` over classic buckets. Blocking: the buckets of one histogram do not come
/// one after another.
final class BucketQuantileOperator extends BlockingOperator {
  private static final String BOUND = "le";
  private static final int BYTES_PER_BUCKET = 48;

  private record Bucket(double upperBound, StepColumn column) {}

  private final ExecutionContext context;
  private final ScalarOperator quantile;
  private final SeriesOperator child;
  private final Steps steps;
  private final Site quantileSite;
  private final Site childSite;
  private int[] fixesPerStep = new int[0];
  private @Nullable MonotonicityFix fix;

  BucketQuantileOperator(
      ExecutionContext context,
      ScalarOperator quantile,
      SeriesOperator child,
      Steps steps,
      Site quantileSite,
      Site childSite) {
    super(context.reservation());
    this.context = context;
    this.quantile = quantile;
    this.child = child;
    this.steps = steps;
    this.quantileSite = quantileSite;
    this.childSite = childSite;
  }

  @Override
  SeriesOperator compute() {
    for (double value : quantile.values()) {
      if (!(value >= 0 && value <= 1)) {
        QuantileWarning.add(context.annotations(), quantileSite, value);
      }
    }
    Map<Labels, List<Bucket>> histograms = readBuckets();
    memory().reserve(4L * steps.count());
    fixesPerStep = new int[steps.count()];
    LabelProjection metadata = LabelProjection.droppingMetadata();
    var results = new SeriesTable(memory(), steps.count());
    var scratch = new Buckets();
    histograms.forEach(
        (labels, buckets) -> {
          context.control().check();
          buckets.sort(Comparator.comparingDouble(Bucket::upperBound));
          compute(buckets, scratch, results.addEmpty(metadata.apply(labels)));
        });
    if (fix != null) {
      context.annotations().inform(childSite, fix.withSamples(countAsPrometheus()));
    }
    return results.operator();
  }

  /// Intended: Prometheus adds the count so far to itself at each step after the first that needed
  /// a fix, and its text says so.
  private long countAsPrometheus() {
    long count = 0;
    for (int step = 0; step < steps.count(); step++) {
      count = count == 0 ? fixesPerStep[step] : 2 * (count + fixesPerStep[step]);
    }
    return count;
  }

  private void compute(List<Bucket> buckets, Buckets scratch, StepColumn out) {
    double[] quantiles = quantile.values();
    for (int step = 0; step < steps.count(); step++) {
      scratch.clear();
      for (Bucket bucket : buckets) {
        if (bucket.column.isPresent(step)) {
          scratch.add(bucket.upperBound, bucket.column.value(step));
        }
      }
      if (scratch.isEmpty()) {
        continue;
      }
      out.set(step, scratch.quantile(quantiles[step]));
      if (scratch.wasFixed()) {
        fixesPerStep[step]++;
        MonotonicityFix added = scratch.fix(steps.timeMs(step));
        fix = fix == null ? added : fix.merge(added);
      }
    }
  }

  private Map<Labels, List<Bucket>> readBuckets() {
    LabelProjection withoutBound = LabelProjection.dropping(List.of(BOUND));
    var table = new SeriesTable(memory(), steps.count());
    Map<Labels, List<Bucket>> histograms = new LinkedHashMap<>();
    while (child.next()) {
      StepColumn column = child.column();
      if (column.hasHistograms()) {
        refuseHistograms(column);
      }
      Labels labels = child.labels();
      String text = labels.get(BOUND);
      Double bound = parseBound(text == null ? "" : text);
      if (bound == null) {
        context
            .annotations()
            .warn(
                childSite,
                "bucket label \"le\" is missing or has a malformed value of "
                    + GoText.quote(text == null ? "" : text));
        continue;
      }
      memory().reserve(BYTES_PER_BUCKET);
      Labels key = withoutBound.apply(labels);
      table.add(key, column);
      histograms
          .computeIfAbsent(key, _ -> new ArrayList<>())
          .add(new Bucket(bound, table.column(table.size() - 1)));
    }
    child.close();
    return histograms;
  }

  private static void refuseHistograms(StepColumn column) {
    for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
      if (column.histogram(i) != null) {
        throw new QueryFailedException(
            "function \"histogram_quantile\" is not supported yet for native histograms");
      }
    }
  }

  /// A bound as Go reads numbers; null if it is none.
  private static @Nullable Double parseBound(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    String unsigned = lower.startsWith("+") || lower.startsWith("-") ? lower.substring(1) : lower;
    switch (unsigned) {
      case "inf", "infinity" -> {
        return lower.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
      }
      case "nan" -> {
        return unsigned.equals(lower) ? Double.NaN : null;
      }
      default -> {
        return parseFinite(unsigned, lower);
      }
    }
  }

  private static @Nullable Double parseFinite(String unsigned, String text) {
    boolean isHex = unsigned.startsWith("0x");
    for (int i = 0; i < unsigned.length(); i++) {
      String allowed = isHex ? "0123456789abcdefxp.+-" : "0123456789e.+-";
      if (allowed.indexOf(unsigned.charAt(i)) < 0) {
        return null;
      }
    }
    try {
      double value = Double.parseDouble(text);
      return Double.isInfinite(value) ? null : value;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  @Override
  void closeChildren() {
    child.close();
  }
}
