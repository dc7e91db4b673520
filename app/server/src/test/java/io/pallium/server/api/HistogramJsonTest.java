package io.pallium.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.pallium.model.NativeHistogram;
import io.pallium.model.NativeHistogram.ResetHint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// Native histograms as the query API shows them.
final class HistogramJsonTest {
  private static final int[] NO_SPANS = {};
  private static final double[] NO_BOUNDS = {};

  private static String json(NativeHistogram histogram) throws IOException {
    var bytes = new ByteArrayOutputStream();
    var output = new JsonOutput(bytes, 4096);
    HistogramJson.write(output, histogram);
    output.flush();
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static NativeHistogram exponential(double zeroCount, double... counts) {
    int[] spans = {0, counts.length};
    return new NativeHistogram(
        ResetHint.GAUGE,
        true,
        0,
        0.75,
        Double.doubleToRawLongBits(zeroCount),
        Double.doubleToRawLongBits(9),
        4.5,
        spans,
        bits(counts),
        spans,
        bits(counts),
        NO_BOUNDS);
  }

  private static long[] bits(double... counts) {
    long[] bits = new long[counts.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Double.doubleToRawLongBits(counts[i]);
    }
    return bits;
  }

  @Test
  void bucketsGoFromTheLowestToTheHighestAndAreCutAtTheZeroBucket() throws IOException {
    assertThat(json(exponential(3, 1, 0, 2)))
        .isEqualTo(
            "{\"count\":\"9\",\"sum\":\"4.5\",\"buckets\":["
                + "[1,\"-4\",\"-2\",\"2\"],[1,\"-1\",\"-0.75\",\"1\"],[3,\"-0.75\",\"0.75\",\"3\"],"
                + "[0,\"0.75\",\"1\",\"1\"],[0,\"2\",\"4\",\"2\"]]}");
  }

  @Test
  void zeroBucketWithLessThanNothingIsNotShown() throws IOException {
    assertThat(json(exponential(-3, -1)))
        .isEqualTo(
            "{\"count\":\"9\",\"sum\":\"4.5\",\"buckets\":["
                + "[1,\"-1\",\"-0.75\",\"-1\"],[0,\"0.75\",\"1\",\"-1\"]]}");
  }

  @Test
  void histogramWithoutObservationsHasNoBuckets() throws IOException {
    assertThat(json(exponential(0, 0, 0))).isEqualTo("{\"count\":\"9\",\"sum\":\"4.5\"}");
  }

  @Test
  void customBucketsReachToInfinity() throws IOException {
    var histogram =
        new NativeHistogram(
            ResetHint.UNKNOWN,
            false,
            NativeHistogram.CUSTOM_BUCKETS_SCHEMA,
            0,
            0,
            6,
            4.5,
            new int[] {0, 3},
            new long[] {1, 1, 1},
            NO_SPANS,
            new long[0],
            new double[] {1, 2});

    assertThat(json(histogram))
        .isEqualTo(
            "{\"count\":\"6\",\"sum\":\"4.5\",\"buckets\":["
                + "[3,\"-Inf\",\"1\",\"1\"],[0,\"1\",\"2\",\"2\"],[0,\"2\",\"+Inf\",\"3\"]]}");
  }
}
