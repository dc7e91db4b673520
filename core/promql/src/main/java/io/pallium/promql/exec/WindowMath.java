package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.KahanSum;

/// What functions over a range compute from floats, operation by operation as Prometheus does.
@HotPath
final class WindowMath {
  private WindowMath() {}

  static double sum(long[] timestamps, double[] values, int from, int to) {
    double sum = 0;
    double c = 0;
    for (int i = from; i < to; i++) {
      double value = values[i];
      double next = sum + value;
      c = KahanSum.compensate(value, sum, c, next);
      sum = next;
    }
    return Double.isInfinite(sum) ? sum : sum + c;
  }

  static double avg(long[] timestamps, double[] values, int from, int to) {
    double sum = values[from];
    double c = 0;
    for (int i = from + 1; i < to; i++) {
      double value = values[i];
      double next = sum + value;
      if (Double.isInfinite(next)) {
        return incrementalAvg(values, from, i, to, sum, c);
      }
      c = KahanSum.compensate(value, sum, c, next);
      sum = next;
    }
    double count = to - from;
    return sum / count + c / count;
  }

  /// Goes on from where the sum would overflow.
  private static double incrementalAvg(
      double[] values, int from, int next, int to, double sum, double sumCompensation) {
    double before = next - from;
    double mean = sum / before;
    double c = sumCompensation / before;
    for (int i = next; i < to; i++) {
      double count = i - from + 1;
      double q = (count - 1) / count;
      double added = values[i] / count;
      double kept = q * mean;
      double keptCompensation = q * c;
      mean = kept + added;
      c = KahanSum.compensate(added, kept, keptCompensation, mean);
    }
    return mean + c;
  }

  static double variance(long[] timestamps, double[] values, int from, int to) {
    double count = 0;
    double mean = 0;
    double meanC = 0;
    double aux = 0;
    double auxC = 0;
    for (int i = from; i < to; i++) {
      count++;
      double value = values[i];
      double delta = value - (mean + meanC);
      double part = delta / count;
      double nextMean = mean + part;
      meanC = KahanSum.compensate(part, mean, meanC, nextMean);
      mean = nextMean;
      double square = delta * (value - (mean + meanC));
      double nextAux = aux + square;
      auxC = KahanSum.compensate(square, aux, auxC, nextAux);
      aux = nextAux;
    }
    return (aux + auxC) / count;
  }

  static double deviation(long[] timestamps, double[] values, int from, int to) {
    return Math.sqrt(variance(timestamps, values, from, to));
  }
}
