/// Immutable blocks in the format of Prometheus: writing, reading, querying.
@NullMarked
package io.pallium.tsdb.block;

import org.jspecify.annotations.NullMarked;
