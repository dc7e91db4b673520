@NullMarked
package io.pallium.tsdb.head;

import org.jspecify.annotations.NullMarked;
