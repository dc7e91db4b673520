package io.pallium.server.config;

import io.pallium.base.config.Doc;
import io.pallium.promql.Feature;
import io.pallium.promql.Features;

/// What is switched on of PromQL.
public record FeaturesConfig(
    @Doc(
            "Functions and aggregations that Prometheus marks experimental; in requests"
                + " `promql-experimental-functions`.")
        boolean experimentalFunctions,
    @Doc("Arithmetic in durations, such as `[5m * 2]`; in requests `promql-duration-expr`.")
        boolean durationExpressions,
    @Doc(
            "The modifiers `anchored` and `smoothed`; in requests"
                + " `promql-extended-range-selectors`.")
        boolean extendedRangeSelectors,
    @Doc(
            "The modifiers `fill`, `fill_left` and `fill_right` of binary operators; in requests"
                + " `promql-binop-fill-modifiers`.")
        boolean fillModifiers,
    @Doc(
            "Dropping metric names at the end of a query instead of in each operation; in requests"
                + " `promql-delayed-name-removal`.")
        boolean delayedNameRemoval,
    @Doc(
            "The time at which a counter began, in `rate`, `irate`, `increase` and `resets`; in"
                + " requests `use-start-timestamps`.")
        boolean startTimestamps,
    @Doc(
            "Annotations that go by the label `__type__`, not by a metric's name; in requests"
                + " `type-and-unit-labels`.")
        boolean typeAndUnitLabels) {
  /// What a Prometheus 3.14 without feature flags has.
  public static FeaturesConfig defaults() {
    return new FeaturesConfig(false, true, false, false, false, false, false);
  }

  /// The same for the engine.
  public Features toFeatures() {
    return Features.DEFAULT
        .with(Feature.EXPERIMENTAL_FUNCTIONS, experimentalFunctions)
        .with(Feature.DURATION_EXPRESSIONS, durationExpressions)
        .with(Feature.EXTENDED_RANGE_SELECTORS, extendedRangeSelectors)
        .with(Feature.FILL_MODIFIERS, fillModifiers)
        .with(Feature.DELAYED_NAME_REMOVAL, delayedNameRemoval)
        .with(Feature.START_TIMESTAMPS, startTimestamps)
        .with(Feature.TYPE_AND_UNIT_LABELS, typeAndUnitLabels);
  }
}
