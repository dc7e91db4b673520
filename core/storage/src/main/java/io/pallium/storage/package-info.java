/// The seam between the query engine and whatever stores series.
@NullMarked
package io.pallium.storage;

import org.jspecify.annotations.NullMarked;
