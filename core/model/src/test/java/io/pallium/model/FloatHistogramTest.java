package io.pallium.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.model.NativeHistogram.ResetHint;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class FloatHistogramTest {
  private static final int[] NO_SPANS = {};
  private static final double[] NO_BOUNDS = {};

  /// An exponential histogram with positive buckets alone.
  private static FloatHistogram exponential(
      int schema, double zeroThreshold, double zeroCount, int first, double... counts) {
    return histogram(
        ResetHint.UNKNOWN,
        schema,
        zeroThreshold,
        zeroCount,
        new int[] {first, counts.length},
        counts,
        NO_SPANS,
        NO_BOUNDS);
  }

  private static FloatHistogram custom(double[] bounds, double... counts) {
    return histogram(
        ResetHint.UNKNOWN,
        NativeHistogram.CUSTOM_BUCKETS_SCHEMA,
        0,
        0,
        new int[] {0, counts.length},
        counts,
        NO_SPANS,
        bounds);
  }

  private static FloatHistogram histogram(
      ResetHint hint,
      int schema,
      double zeroThreshold,
      double zeroCount,
      int[] spans,
      double[] counts,
      int[] negativeSpans,
      double[] bounds,
      double... negativeCounts) {
    double count = zeroCount;
    for (double bucket : counts) {
      count += bucket;
    }
    for (double bucket : negativeCounts) {
      count += bucket;
    }
    return FloatHistogram.of(
        new NativeHistogram(
            hint,
            true,
            schema,
            zeroThreshold,
            Double.doubleToRawLongBits(zeroCount),
            Double.doubleToRawLongBits(count),
            count * 2,
            spans,
            bits(counts),
            negativeSpans,
            bits(negativeCounts),
            bounds));
  }

  private static long[] bits(double[] counts) {
    long[] bits = new long[counts.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Double.doubleToRawLongBits(counts[i]);
    }
    return bits;
  }

  /// Makes random histograms of which all have the same schema, or all the same zero bucket:
  /// Prometheus counts observations twice if both differ.
  private static final class Source {
    private static final double[] THRESHOLDS = {0, 1e-128, 0.001, 0.5, 3};

    private final Random random;
    private final boolean isCustom;
    private final boolean hasOneSchema;
    private final int schema;
    private final double zeroThreshold;

    Source(long seed, boolean isCustom) {
      this.random = new Random(seed);
      this.isCustom = isCustom;
      this.hasOneSchema = random.nextBoolean();
      this.schema = random.nextInt(13) - 4;
      this.zeroThreshold = THRESHOLDS[random.nextInt(THRESHOLDS.length)];
    }

    FloatHistogram next() {
      return random(
          random,
          isCustom,
          hasOneSchema ? schema : random.nextInt(13) - 4,
          hasOneSchema ? THRESHOLDS[random.nextInt(THRESHOLDS.length)] : zeroThreshold);
    }
  }

  /// A histogram of whole numbers on both sides, with gaps.
  private static FloatHistogram random(
      Random random, boolean isCustom, int schema, double zeroThreshold) {
    double[] counts = new double[1 + random.nextInt(12)];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = random.nextInt(4) * 3;
    }
    if (isCustom) {
      List<Double> bounds = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        if (random.nextInt(4) > 0) {
          bounds.add(i - 10.0);
        }
      }
      return custom(bounds.stream().mapToDouble(Double::doubleValue).toArray(), counts);
    }
    double[] negativeCounts = new double[random.nextInt(5)];
    for (int i = 0; i < negativeCounts.length; i++) {
      negativeCounts[i] = random.nextInt(5);
    }
    int split = 1 + random.nextInt(counts.length);
    return histogram(
        ResetHint.UNKNOWN,
        schema,
        zeroThreshold,
        random.nextInt(9),
        new int[] {
          firstOutside(zeroThreshold, schema, random),
          split,
          random.nextInt(3),
          counts.length - split
        },
        counts,
        new int[] {firstOutside(zeroThreshold, schema, random), negativeCounts.length},
        NO_BOUNDS,
        negativeCounts);
  }

  /// The index of a bucket that is not within the zero bucket, but may overlap with it.
  private static int firstOutside(double zeroThreshold, int schema, Random random) {
    int first = random.nextInt(30) - 15;
    while (ExponentialBounds.upper(first, schema) <= zeroThreshold) {
      first++;
    }
    return first;
  }

  private static double inBuckets(FloatHistogram histogram) {
    double sum = 0;
    for (var buckets = HistogramBuckets.ascending(histogram); buckets.next(); ) {
      sum += buckets.count();
    }
    return sum;
  }

  private static FloatHistogram sum(FloatHistogram a, FloatHistogram b) {
    FloatHistogram sum = a.copy();
    sum.add(b);
    return sum.compact();
  }

  private static String text(FloatHistogram histogram) {
    StringBuilder text = new StringBuilder();
    for (var buckets = HistogramBuckets.ascending(histogram); buckets.next(); ) {
      text.append(buckets.lower())
          .append("..")
          .append(buckets.upper())
          .append(':')
          .append(buckets.count())
          .append(' ');
    }
    return text.toString().strip();
  }

  @Property
  void additionCommutes(@ForAll long seed, @ForAll boolean isCustom) {
    Source random = new Source(seed, isCustom);
    FloatHistogram a = random.next();
    FloatHistogram b = random.next();

    assertThat(sum(a, b).hasSameData(sum(b, a))).isTrue();
  }

  @Property
  void additionKeepsAllObservations(@ForAll long seed, @ForAll boolean isCustom) {
    Source random = new Source(seed, isCustom);
    FloatHistogram a = random.next();
    FloatHistogram b = random.next();

    FloatHistogram sum = sum(a, b);

    assertThat(sum.count()).isEqualTo(a.count() + b.count());
    assertThat(inBuckets(sum)).isEqualTo(sum.count());
  }

  @Property
  void subtractionUndoesAddition(@ForAll long seed, @ForAll boolean isCustom) {
    Source random = new Source(seed, isCustom);
    FloatHistogram a = random.next();
    FloatHistogram b = random.next();
    FloatHistogram difference = sum(a, b);

    difference.subtract(b);

    assertThat(difference.count()).isEqualTo(a.count());
    assertThat(difference.sum()).isEqualTo(a.sum());
    assertThat(inBuckets(difference)).isEqualTo(inBuckets(a));
    FloatHistogram nothing = b.copy();
    nothing.subtract(b);
    assertThat(text(nothing.compact())).isEmpty();
  }

  @Property
  void compensatedAdditionOfWholeNumbersIsAddition(@ForAll long seed, @ForAll boolean isCustom) {
    Source random = new Source(seed, isCustom);
    FloatHistogram plain = random.next();
    FloatHistogram compensated = plain.copy();
    FloatHistogram compensation = null;
    for (int i = 0; i < 4; i++) {
      FloatHistogram added = random.next();
      plain.add(added);
      compensation = compensated.addCompensated(added, compensation);
    }
    compensated.add(Objects.requireNonNull(compensation));

    assertThat(compensated.compact().hasSameData(plain.compact())).isTrue();
  }

  @Property
  void coarserHistogramHasTheSameObservations(@ForAll long seed) {
    FloatHistogram histogram = new Source(seed, false).next();

    for (int schema = histogram.schema(); schema >= -4; schema--) {
      FloatHistogram coarser = histogram.copyTo(schema);

      assertThat(coarser.schema()).isEqualTo(schema);
      assertThat(inBuckets(coarser)).isEqualTo(inBuckets(histogram));
    }
  }

  @Property
  void sampleSurvivesTheRoundTrip(@ForAll long seed, @ForAll boolean isCustom) {
    FloatHistogram histogram = new Source(seed, isCustom).next();

    FloatHistogram again = FloatHistogram.of(histogram.toNative());

    assertThat(again.hasSameData(histogram)).isTrue();
    histogram.toNative().validate();
  }

  @Property
  void counterThatGrewWasNotReset(@ForAll long seed, @ForAll boolean isCustom) {
    Source random = new Source(seed, isCustom);
    FloatHistogram before = random.next();
    FloatHistogram after = before.copy();
    after.add(random.next());

    assertThat(before.isResetSince(before)).isFalse();
    assertThat(after.isResetSince(before)).isFalse();
    assertThat(before.isResetSince(after))
        .isEqualTo(before.count() != after.count() || isMissing(before, after));
  }

  /// Whether the first is finer than the second, or has another zero bucket.
  private static boolean isMissing(FloatHistogram before, FloatHistogram after) {
    return before.schema() > after.schema() || before.zeroThreshold() != after.zeroThreshold();
  }

  @Test
  void compensationKeepsWhatRoundingLoses() {
    FloatHistogram sum = exponential(0, 0, 1e100, 0, 1e100);
    FloatHistogram c = sum.addCompensated(exponential(0, 0, 1, 0, 1, 2), null);
    c = sum.addCompensated(exponential(0, 0, -1e100, 0, -1e100), c);

    sum.add(c);

    assertThat(sum.zeroCount()).isEqualTo(1);
    assertThat(sum.count()).isEqualTo(4);
    assertThat(text(sum)).isEqualTo("-0.0..0.0:1.0 0.5..1.0:1.0 1.0..2.0:2.0");
  }

  @Test
  void zeroBucketGrowsToTheEndOfTheBucketItReachesInto() {
    FloatHistogram narrow = exponential(0, 0.001, 1, -2, 2, 3, 4);
    FloatHistogram wide = exponential(0, 0.3, 10, 1, 5);

    assertThat(text(sum(narrow, wide))).isEqualTo("-0.5..0.5:16.0 0.5..1.0:4.0 1.0..2.0:5.0");
    assertThat(text(sum(wide, narrow))).isEqualTo("-0.5..0.5:16.0 0.5..1.0:4.0 1.0..2.0:5.0");
  }

  @Test
  void zeroBucketIgnoresEmptyBucketsThatItReachesInto() {
    FloatHistogram narrow = exponential(0, 0.001, 1, -2, 2, 0, 4);
    FloatHistogram wide = exponential(0, 0.3, 10, 1, 5);

    assertThat(text(sum(narrow, wide))).isEqualTo("-0.3..0.3:13.0 0.5..1.0:4.0 1.0..2.0:5.0");
  }

  @Test
  void widthOfTheZeroBucketThatIsNoNumberEnds() {
    FloatHistogram broken = exponential(0, Double.NaN, 1, 0, 1);

    assertThat(sum(exponential(0, 0.001, 1, 0, 1), broken).count()).isEqualTo(4);
  }

  @Test
  void coarserSchemaWins() {
    FloatHistogram fine = exponential(1, 0, 0, 0, 1, 2, 3, 4);
    FloatHistogram coarse = exponential(0, 0, 0, 0, 10, 20);

    assertThat(text(sum(fine, coarse))).isEqualTo("0.5..1.0:11.0 1.0..2.0:25.0 2.0..4.0:4.0");
    assertThat(text(sum(coarse, fine))).isEqualTo("0.5..1.0:11.0 1.0..2.0:25.0 2.0..4.0:4.0");
  }

  @Test
  void customBoundsThatOneLacksAreGivenUp() {
    FloatHistogram a = custom(new double[] {1, 2, 3, 4}, 1, 2, 3, 4, 5);
    FloatHistogram b = custom(new double[] {0, 2, 4, 8}, 10, 20, 30, 40, 50);

    assertThat(a.hasOtherBounds(b)).isTrue();
    assertThat(text(sum(a, b))).isEqualTo("-Infinity..2.0:33.0 2.0..4.0:37.0 4.0..Infinity:95.0");
  }

  @Test
  void customBoundsWithNothingInCommonLeaveOneBucket() {
    FloatHistogram a = custom(new double[] {1, 2}, 1, 2, 3);
    FloatHistogram b = custom(new double[] {3, 4}, 10, 20, 30);

    assertThat(text(sum(a, b))).isEqualTo("-Infinity..Infinity:66.0");
  }

  @Test
  void resetOfCustomBucketsIsFoundBetweenTheBoundsThatBothHave() {
    FloatHistogram before = custom(new double[] {1, 2, 3}, 5, 5, 5);

    assertThat(custom(new double[] {1, 3}, 5, 10).isResetSince(before)).isFalse();
    assertThat(custom(new double[] {1, 3}, 4, 12).isResetSince(before)).isTrue();
    assertThat(custom(new double[] {2, 3}, 9, 12).isResetSince(before)).isTrue();
  }

  @Test
  void hintDecidesAboutResets() {
    FloatHistogram before = exponential(0, 0, 0, 0, 5);
    FloatHistogram more = exponential(0, 0, 0, 0, 6);
    FloatHistogram less = exponential(0, 0, 0, 0, 4);

    assertThat(more.isResetSince(before)).isFalse();
    assertThat(less.isResetSince(before)).isTrue();
    more.setResetHint(ResetHint.YES);
    less.setResetHint(ResetHint.NO);
    assertThat(more.isResetSince(before)).isTrue();
    assertThat(less.isResetSince(before)).isFalse();
  }

  @Test
  void finerSchemaOrNarrowerZeroBucketIsAReset() {
    FloatHistogram before = exponential(1, 0.1, 1, 0, 1);

    assertThat(exponential(2, 0.1, 1, 0, 2, 2).isResetSince(before)).isTrue();
    assertThat(exponential(1, 0.01, 2, 0, 2).isResetSince(before)).isTrue();
    assertThat(exponential(0, 0.1, 1, 0, 2).isResetSince(before)).isFalse();
    assertThat(exponential(1, 0.2, 1, 0, 2).isResetSince(before)).isFalse();
    assertThat(exponential(1, 0.8, 9, 1, 2).isResetSince(before)).isTrue();
  }

  @Test
  void combinedHints() {
    ResetHint[][] expected = {
      {ResetHint.UNKNOWN, ResetHint.UNKNOWN, ResetHint.UNKNOWN, ResetHint.GAUGE},
      {ResetHint.UNKNOWN, ResetHint.YES, ResetHint.UNKNOWN, ResetHint.GAUGE},
      {ResetHint.UNKNOWN, ResetHint.UNKNOWN, ResetHint.NO, ResetHint.GAUGE},
      {ResetHint.GAUGE, ResetHint.GAUGE, ResetHint.GAUGE, ResetHint.GAUGE},
    };
    for (ResetHint left : ResetHint.values()) {
      for (ResetHint right : ResetHint.values()) {
        FloatHistogram a = exponential(0, 0, 0, 0, 1);
        FloatHistogram b = exponential(0, 0, 0, 0, 1);
        a.setResetHint(left);
        b.setResetHint(right);
        boolean isConflict = a.hasConflictingHint(b);

        a.add(b);

        assertThat(a.resetHint()).isEqualTo(expected[left.ordinal()][right.ordinal()]);
        boolean isYesAndNo =
            left != right
                && left != ResetHint.GAUGE
                && right != ResetHint.GAUGE
                && left != ResetHint.UNKNOWN
                && right != ResetHint.UNKNOWN;
        assertThat(isConflict).isEqualTo(isYesAndNo);
      }
    }
  }

  @Test
  void negativeFactorMakesAGauge() {
    assertThat(exponential(0, 0, 1, 0, 1).multiply(-1).resetHint()).isEqualTo(ResetHint.GAUGE);
    assertThat(exponential(0, 0, 1, 0, 1).divide(-2).resetHint()).isEqualTo(ResetHint.GAUGE);
    assertThat(exponential(0, 0, 1, 0, 1).multiply(2).resetHint()).isEqualTo(ResetHint.UNKNOWN);
  }

  @Test
  void divisionByZeroLeavesNoBuckets() {
    FloatHistogram histogram = exponential(0, 0, 1, 0, 1).divide(0);

    assertThat(histogram.count()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(histogram.positive().size()).isZero();
    assertThat(histogram.hasInfinity()).isTrue();
  }

  @Test
  void customBucketsForgetTheZeroBucketThatTheyDoNotHave() {
    FloatHistogram infinite = custom(new double[] {1}, 1, 2).multiply(Double.POSITIVE_INFINITY);

    assertThat(infinite.zeroCount()).isNaN();
    assertThat(infinite.copy().zeroCount()).isZero();
    assertThat(FloatHistogram.of(infinite.toNative()).zeroCount()).isZero();
  }

  @Test
  void emptyBucketsMatterUntilCompacted() {
    FloatHistogram a = exponential(0, 0, 0, 0, 1, 0, 2);
    FloatHistogram b = a.copy().compact();

    assertThat(a.hasSameData(b)).isFalse();
    assertThat(a.compact().hasSameData(b)).isTrue();
  }

  @Test
  void bucketsGoFromTheLowestToTheHighestAndBack() {
    FloatHistogram histogram =
        histogram(
            ResetHint.UNKNOWN,
            0,
            0.75,
            7,
            new int[] {0, 2},
            new double[] {1, 2},
            new int[] {0, 1},
            NO_BOUNDS,
            4);
    List<Double> descending = new ArrayList<>();
    for (var buckets = HistogramBuckets.descending(histogram); buckets.next(); ) {
      descending.add(buckets.count());
    }

    assertThat(text(histogram))
        .isEqualTo("-1.0..-0.75:4.0 -0.75..0.75:7.0 0.75..1.0:1.0 1.0..2.0:2.0");
    assertThat(descending).containsExactly(2.0, 1.0, 7.0, 4.0);
  }

  @Test
  void boundsOfTheLastBucketBeforeInfinity() {
    for (int schema = -4; schema <= 8; schema++) {
      int last = schema < 0 ? 1024 >> -schema : 1024 << schema;

      assertThat(ExponentialBounds.upper(last, schema)).isEqualTo(Double.MAX_VALUE);
      assertThat(ExponentialBounds.upper(last + 1, schema)).isInfinite();
      assertThat(ExponentialBounds.upper(0, schema)).isEqualTo(1);
      assertThat(ExponentialBounds.upper(-1, schema)).isLessThan(1);
    }
    assertThat(ExponentialBounds.upper(1, 1)).isEqualTo(1.414213562373095);
  }
}
