/// What stands between a store and those who use it, one concern each: tries, time, concurrency,
/// metrics, names, a cache.
@NullMarked
package io.pallium.objectstore.layer;

import org.jspecify.annotations.NullMarked;
