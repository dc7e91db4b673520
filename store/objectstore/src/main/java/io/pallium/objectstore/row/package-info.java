/// A store for objects on top of a database of rows that can swap one row at a time.
@NullMarked
package io.pallium.objectstore.row;

import org.jspecify.annotations.NullMarked;
