package io.pallium.promql.exec;

import io.pallium.base.HotPath;
import io.pallium.model.Labels;
import io.pallium.promql.parse.GoText;
import io.pallium.promql.plan.TimeShift;
import io.pallium.storage.QueryControl;
import io.pallium.storage.SampleColumn;
import org.jspecify.annotations.Nullable;

/// Slides a window over the samples of a series and applies a function at each step. The range is
/// open on the left.
@HotPath
final class RangeKernel implements LeafKernel {
  private static final String[] COUNTER_SUFFIXES = {"_total", "_sum", "_count", "_bucket"};

  private final QueryControl control;

  /// How it is found that a metric may not be a counter.
  enum CounterCheck {
    NONE,
    BY_NAME,
    BY_TYPE
  }

  private final Steps steps;
  private final TimeShift shift;
  private final long rangeMs;
  private final WindowFunction function;
  private final CounterCheck counterCheck;
  private final Window window;

  RangeKernel(
      QueryControl control,
      Steps steps,
      TimeShift shift,
      long rangeMs,
      WindowFunction function,
      CounterCheck counterCheck,
      Window window) {
    this.control = control;
    this.steps = steps;
    this.shift = shift;
    this.rangeMs = rangeMs;
    this.function = function;
    this.counterCheck = counterCheck;
    this.window = window;
  }

  @Override
  public void compute(SampleColumn samples, @Nullable Labels labels, StepColumn out) {
    window.reset(samples, labels);
    function.start(window);
    int count = steps.count();
    long looked = 0;
    for (int step = 0; step < count; step++) {
      long endMs = shift.apply(steps.timeMs(step));
      window.moveTo(endMs - rangeMs, endMs);
      if (!window.isEmpty()) {
        looked += window.floats() + window.histograms();
        if (looked >= QueryControl.SAMPLES_PER_TURN) {
          control.giveWay();
          looked = 0;
        }
        function.apply(window, step, out);
        if (steps.counts() != null) {
          steps.counts().add(step, window.sampleCount());
        }
      }
    }
    if (counterCheck != CounterCheck.NONE && out.hasFloats()) {
      informIfNotCounter();
    }
  }

  private void informIfNotCounter() {
    String name = window.metricName();
    if (name.isEmpty()) {
      return;
    }
    if (counterCheck == CounterCheck.BY_TYPE) {
      informIfNotCounterType(name);
      return;
    }
    for (String suffix : COUNTER_SUFFIXES) {
      if (name.endsWith(suffix)) {
        return;
      }
    }
    window
        .annotations()
        .inform(
            window.site(),
            "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "
                + GoText.quote(name));
  }

  private void informIfNotCounterType(String name) {
    String type = window.label("__type__");
    if (!type.equals("counter") && !type.equals("histogram")) {
      window
          .annotations()
          .inform(
              window.site(),
              "metric might not be a counter, __type__ label is not set to \"counter\" or"
                  + " \"histogram\", got "
                  + GoText.quote(type)
                  + ": "
                  + GoText.quote(name));
    }
  }
}
