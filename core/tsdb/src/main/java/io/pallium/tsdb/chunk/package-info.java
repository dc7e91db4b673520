/// Chunks on their way into the columns of a query.
@NullMarked
package io.pallium.tsdb.chunk;

import org.jspecify.annotations.NullMarked;
