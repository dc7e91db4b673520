/// Closed chunks of the head in files: shared by all tenants, appended to, mapped for reading.
@NullMarked
package io.pallium.tsdb.headchunk;

import org.jspecify.annotations.NullMarked;
