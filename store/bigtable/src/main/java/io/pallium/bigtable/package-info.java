/// Objects in rows of Google Bigtable.
@NullMarked
package io.pallium.bigtable;

import org.jspecify.annotations.NullMarked;
