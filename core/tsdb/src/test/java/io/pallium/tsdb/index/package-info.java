@NullMarked
package io.pallium.tsdb.index;

import org.jspecify.annotations.NullMarked;
