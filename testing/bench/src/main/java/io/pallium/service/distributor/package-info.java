/// Benchmarks of the distributor's hot classes, which other packages do not see.
@NullMarked
package io.pallium.service.distributor;

import org.jspecify.annotations.NullMarked;
