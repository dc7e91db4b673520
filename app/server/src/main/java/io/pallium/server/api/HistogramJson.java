package io.pallium.server.api;

import io.pallium.model.NativeHistogram;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;

/// Writes a native histogram as the query API shows it: its buckets with their bounds, from the
/// lowest to the highest, empty ones left out.
final class HistogramJson {
  private static final int FINEST_SCHEMA = 8;
  private static final int LOWER_EXCLUSIVE = 0;
  private static final int UPPER_EXCLUSIVE = 1;
  private static final int BOTH_INCLUSIVE = 3;

  /// How many units in the last place the bound that Prometheus uses lies below the exact one, for
  /// each bound of the finest schema within a power of two: bounds must be equal to the last bit. A
  /// digit each, one too high.
  private static final String ULPS_BELOW_EXACT =
      "1111112111211111112311222222222211211121122211221122102211221122"
          + "1111112222332132112111211112111111121011213311221222112121332222"
          + "2121223322322122222222323233323311221121223321332233212232332232"
          + "2243223233433343333333444455435422322333324422333243223333543344";

  /// `FRACTIONS[i]` is 2^(i / 2^8 - 1) but for [#ULPS_BELOW_EXACT]: the bounds of the finest schema
  /// within a power of two; coarser schemas use every n-th.
  private static final double[] FRACTIONS = fractions();

  private final JsonOutput json;
  private final NativeHistogram histogram;
  private boolean hasBucket;

  private HistogramJson(JsonOutput json, NativeHistogram histogram) {
    this.json = json;
    this.histogram = histogram;
  }

  static void write(JsonOutput json, NativeHistogram histogram) throws IOException {
    new HistogramJson(json, histogram).write();
  }

  private void write() throws IOException {
    json.raw("{\"count\":").quotedDouble(histogram.count());
    json.raw(",\"sum\":").quotedDouble(histogram.sum());
    boolean isCustom = histogram.schema() == NativeHistogram.CUSTOM_BUCKETS_SCHEMA;
    negativeBuckets();
    double threshold = histogram.zeroThreshold();
    if (!isCustom && histogram.zeroCount() != 0) {
      bucket(BOTH_INCLUSIVE, -threshold, threshold, histogram.zeroCount());
    }
    positiveBuckets(isCustom);
    json.raw(hasBucket ? "]}" : "}");
  }

  private void negativeBuckets() throws IOException {
    double[] counts = histogram.negativeCounts();
    int[] indices = indices(histogram.negativeSpans(), counts.length);
    for (int i = counts.length - 1; i >= 0; i--) {
      bucket(UPPER_EXCLUSIVE, -bound(indices[i]), -bound(indices[i] - 1), counts[i]);
    }
  }

  private void positiveBuckets(boolean isCustom) throws IOException {
    double[] counts = histogram.positiveCounts();
    int[] indices = indices(histogram.positiveSpans(), counts.length);
    for (int i = 0; i < counts.length; i++) {
      double lower = isCustom ? customBound(indices[i] - 1) : bound(indices[i] - 1);
      double upper = isCustom ? customBound(indices[i]) : bound(indices[i]);
      boolean isLowest = isCustom && indices[i] == 0;
      bucket(isLowest ? BOTH_INCLUSIVE : LOWER_EXCLUSIVE, lower, upper, counts[i]);
    }
  }

  private void bucket(int bounds, double lower, double upper, double count) throws IOException {
    if (count == 0) {
      return;
    }
    json.raw(hasBucket ? ",[" : ",\"buckets\":[[").number(bounds).comma();
    json.quotedDouble(lower).comma().quotedDouble(upper).comma().quotedDouble(count).raw("]");
    hasBucket = true;
  }

  private double customBound(int index) {
    double[] bounds = histogram.customBounds();
    if (index < 0) {
      return Double.NEGATIVE_INFINITY;
    }
    return index >= bounds.length ? Double.POSITIVE_INFINITY : bounds[index];
  }

  /// The upper bound of an exponential bucket. The last one before the bucket of infinities ends at
  /// the largest double.
  private double bound(int index) {
    int schema = histogram.schema();
    double bound;
    if (schema < 0) {
      bound = Math.scalb(1.0, index << -schema);
    } else {
      int fraction = (index & ((1 << schema) - 1)) << (FINEST_SCHEMA - schema);
      int exponent = (index >> schema) + 1;
      if (fraction == 0 && exponent == 1025) {
        return Double.MAX_VALUE;
      }
      bound = Math.scalb(FRACTIONS[fraction], exponent);
    }
    return schema < 0 && index << -schema == 1024 ? Double.MAX_VALUE : bound;
  }

  private static int[] indices(int[] spans, int count) {
    int[] indices = new int[count];
    int index = 0;
    int at = 0;
    for (int span = 0; span < spans.length; span += 2) {
      index += spans[span];
      for (int i = 0; i < spans[span + 1]; i++) {
        indices[at++] = index++;
      }
    }
    return indices;
  }

  private static double[] fractions() {
    MathContext precision = new MathContext(60);
    BigDecimal ratio = BigDecimal.TWO;
    for (int i = 0; i < FINEST_SCHEMA; i++) {
      ratio = ratio.sqrt(precision);
    }
    double[] fractions = new double[1 << FINEST_SCHEMA];
    BigDecimal value = new BigDecimal("0.5");
    for (int i = 0; i < fractions.length; i++) {
      long exact = Double.doubleToRawLongBits(value.doubleValue());
      fractions[i] = Double.longBitsToDouble(exact - (ULPS_BELOW_EXACT.charAt(i) - '1'));
      value = value.multiply(ratio, precision);
    }
    return fractions;
  }
}
