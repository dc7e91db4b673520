/// Memory for many small things without an object for each: slabs, paged columns, and the hash of
/// in-memory tables.
@NullMarked
package io.pallium.tsdb.memory;

import org.jspecify.annotations.NullMarked;
