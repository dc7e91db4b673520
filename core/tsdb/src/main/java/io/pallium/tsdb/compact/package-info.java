/// Makes fewer and larger blocks of many, and drops what is not wanted any more.
@NullMarked
package io.pallium.tsdb.compact;

import org.jspecify.annotations.NullMarked;
