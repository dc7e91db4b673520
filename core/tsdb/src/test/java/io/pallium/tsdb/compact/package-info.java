@NullMarked
package io.pallium.tsdb.compact;

import org.jspecify.annotations.NullMarked;
