/// The recent samples of all tenants in memory.
@NullMarked
package io.pallium.tsdb.head;

import org.jspecify.annotations.NullMarked;
