/// The in-memory index of one tenant: symbols, pairs, postings, and the order of series by label.
@NullMarked
package io.pallium.tsdb.index;

import org.jspecify.annotations.NullMarked;
