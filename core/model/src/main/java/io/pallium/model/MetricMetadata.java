package io.pallium.model;

/// What a client says about a metric family.
///
/// @param family the name of the metric family
/// @param type the kind of metric
/// @param help one or more sentences for people; may be empty
/// @param unit the unit; may be empty
public record MetricMetadata(String family, MetricType type, String help, String unit) {}
