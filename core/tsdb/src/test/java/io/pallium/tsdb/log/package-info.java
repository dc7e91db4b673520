@NullMarked
package io.pallium.tsdb.log;

import org.jspecify.annotations.NullMarked;
