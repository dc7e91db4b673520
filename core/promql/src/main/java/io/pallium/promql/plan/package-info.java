/// What a query is going to do, decided before any sample is read.
@NullMarked
package io.pallium.promql.plan;

import org.jspecify.annotations.NullMarked;
