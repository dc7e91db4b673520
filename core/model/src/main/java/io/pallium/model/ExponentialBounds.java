package io.pallium.model;

import java.math.BigDecimal;
import java.math.MathContext;

/// The bounds of the buckets of exponential histograms, equal to those of Prometheus to the last
/// bit: bounds decide into which bucket a number falls and are shown to users.
public final class ExponentialBounds {
  private static final int FINEST_SCHEMA = 8;

  /// How many units in the last place the bound that Prometheus uses lies below the exact one, for
  /// each bound of the finest schema within a power of two. A digit each, one too high.
  private static final String ULPS_BELOW_EXACT =
      "1111112111211111112311222222222211211121122211221122102211221122"
          + "1111112222332132112111211112111111121011213311221222112121332222"
          + "2121223322322122222222323233323311221121223321332233212232332232"
          + "2243223233433343333333444455435422322333324422333243223333543344";

  /// `FRACTIONS[i]` is 2^(i / 2^8 - 1) but for [#ULPS_BELOW_EXACT]: the bounds of the finest schema
  /// within a power of two; coarser schemas use every n-th.
  private static final double[] FRACTIONS = fractions();

  private ExponentialBounds() {}

  /// Whether a schema is exponential and one that we compute with.
  public static boolean isExponential(int schema) {
    return schema >= -4 && schema <= FINEST_SCHEMA;
  }

  /// The upper bound of a positive bucket, which is the lower bound of the next. The last one
  /// before the bucket of infinities ends at the largest double.
  ///
  /// @param schema from -4 to 8
  public static double upper(int index, int schema) {
    if (schema < 0) {
      int exponent = index << -schema;
      return exponent == 1024 ? Double.MAX_VALUE : Math.scalb(1.0, exponent);
    }
    int fraction = (index & ((1 << schema) - 1)) << (FINEST_SCHEMA - schema);
    int exponent = (index >> schema) + 1;
    return fraction == 0 && exponent == 1025
        ? Double.MAX_VALUE
        : Math.scalb(FRACTIONS[fraction], exponent);
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
