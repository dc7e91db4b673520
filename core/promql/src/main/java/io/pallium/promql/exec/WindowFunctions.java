package io.pallium.promql.exec;

import io.pallium.promql.exec.FloatWindowFunction.Floats;
import io.pallium.promql.exec.FloatWindowFunction.Histograms;
import io.pallium.promql.plan.RangeFunction;
import java.util.List;

/// Makes the functions over ranges.
final class WindowFunctions {
  private WindowFunctions() {}

  /// @param args the scalar arguments at each step
  /// @param memory where functions reserve what grows with the range
  static WindowFunction create(
      RangeFunction function, long rangeMs, Steps steps, List<double[]> args, Reservation memory) {
    return switch (function) {
      case RATE, INCREASE, DELTA -> new RateFunction(function, rangeMs, memory);
      case IRATE, IDELTA -> new LastPairFunction(function);
      case DERIV -> RegressionFunction.slope(steps);
      case PREDICT_LINEAR -> RegressionFunction.prediction(steps, args.get(0));
      case CHANGES, RESETS -> CountingFunctions.neighbours(function);
      case AVG_OVER_TIME -> new FloatWindowFunction(WindowMath::avg, 1, Histograms.AVERAGED);
      case SUM_OVER_TIME -> new FloatWindowFunction(WindowMath::sum, 1, Histograms.SUMMED);
      case MIN_OVER_TIME -> new ExtremeFunction(false, memory);
      case MAX_OVER_TIME -> new ExtremeFunction(true, memory);
      case STDDEV_OVER_TIME -> ignoring(WindowMath::deviation, 1);
      case STDVAR_OVER_TIME -> ignoring(WindowMath::variance, 1);
      case COUNT_OVER_TIME -> CountingFunctions.count();
      case PRESENT_OVER_TIME -> CountingFunctions.present();
      case FIRST_OVER_TIME -> CountingFunctions.first();
      case LAST_OVER_TIME -> CountingFunctions.last();
      case QUANTILE_OVER_TIME -> new QuantileFunction(args.get(0), memory);
      case MAD_OVER_TIME -> ignoring(new DeviationFunction(memory), 1);
      case DOUBLE_EXPONENTIAL_SMOOTHING -> new SmoothingFunction(args.get(0), args.get(1));
      case TS_OF_FIRST_OVER_TIME -> SampleTimeFunctions.first();
      case TS_OF_LAST_OVER_TIME -> SampleTimeFunctions.last();
      case TS_OF_MAX_OVER_TIME -> ignoring(SampleTimeFunctions::ofMax, 1);
      case TS_OF_MIN_OVER_TIME -> ignoring(SampleTimeFunctions::ofMin, 1);
    };
  }

  private static WindowFunction ignoring(Floats floats, int minFloats) {
    return new FloatWindowFunction(floats, minFloats, Histograms.IGNORED);
  }
}
