/// Blocks of tenants in a store for objects: their names, and the index of what is there.
@NullMarked
package io.pallium.bucket;

import org.jspecify.annotations.NullMarked;
