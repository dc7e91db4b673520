/// The query engine: text in, columns out. Knows `storage`, never `tsdb`.
@NullMarked
package io.pallium.promql;

import org.jspecify.annotations.NullMarked;
