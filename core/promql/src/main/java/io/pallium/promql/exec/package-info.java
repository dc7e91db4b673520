/// The operators that carry a plan out, a series at a time, in columns over the steps.
@NullMarked
package io.pallium.promql.exec;

import org.jspecify.annotations.NullMarked;
