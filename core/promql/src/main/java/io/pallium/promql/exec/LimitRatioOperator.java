package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.base.QueryFailedException;
import io.pallium.promql.arithmetic.GoMath;
import io.pallium.promql.parse.GoText;
import io.pallium.promql.plan.Site;

/// `limit_ratio`: a part of the series, chosen by the hash of their labels; a negative ratio takes
/// those that the positive one of the rest leaves. Streaming.
@HotPath
final class LimitRatioOperator extends PassingOperator {
  private final ScalarOperator param;
  private final Annotations annotations;
  private final Site paramSite;
  private final LabelHash hash = new LabelHash();
  private boolean isChecked;
  private boolean isNone;

  LimitRatioOperator(
      ScalarOperator param, SeriesOperator child, Annotations annotations, Site paramSite) {
    super(child);
    this.param = param;
    this.annotations = annotations;
    this.paramSite = paramSite;
  }

  @Override
  public boolean next() {
    double[] ratios = param.values();
    if (!isChecked) {
      check(ratios);
      isChecked = true;
    }
    while (child.next()) {
      if (isNone) {
        continue;
      }
      StepColumn column = child.column();
      double fraction = hash.fraction(child.labels());
      for (int i = column.nextPresent(0); i >= 0; i = column.nextPresent(i + 1)) {
        if (!takes(ratios[i], fraction)) {
          column.remove(i);
        }
      }
      if (!column.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private static boolean takes(double ratio, double fraction) {
    if (ratio > 1 || ratio < -1) {
      return takes(ratio > 1 ? 1 : -1, fraction);
    }
    return ratio >= 0 ? fraction < ratio : fraction >= 1.0 + ratio;
  }

  private void check(double[] ratios) {
    double min = Double.MAX_VALUE;
    double max = -Double.MAX_VALUE;
    boolean hasNan = false;
    for (double ratio : ratios) {
      min = GoMath.min(min, ratio);
      max = GoMath.max(max, ratio);
      hasNan |= Double.isNaN(ratio);
    }
    isNone = min == 0 && max == 0;
    if (hasNan) {
      throw new QueryFailedException("Ratio value is NaN");
    }
    if (max > 1) {
      warn(max, "1");
    }
    if (min < -1) {
      warn(min, "-1");
    }
  }

  private void warn(double ratio, String bound) {
    annotations.warn(
        paramSite,
        "ratio value should be between -1 and 1, got "
            + GoText.shortest(ratio)
            + ", capping to "
            + bound);
  }
}
