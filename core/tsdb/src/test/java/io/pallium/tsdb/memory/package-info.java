@NullMarked
package io.pallium.tsdb.memory;

import org.jspecify.annotations.NullMarked;
