package io.pallium.promql.plan;

import io.pallium.promql.ast.PositionRange;

/// Where in the query an annotation belongs.
///
/// @param rank the place in the order of evaluation; of two equal texts the one with the higher
///   rank stays
/// @param position where the part stands in the query
public record Site(int rank, PositionRange position) {}
