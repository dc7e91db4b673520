/// What was deleted, before it is gone.
@NullMarked
package io.pallium.tsdb.deletion;

import org.jspecify.annotations.NullMarked;
