@NullMarked
package io.pallium.tsdb.headchunk;

import org.jspecify.annotations.NullMarked;
