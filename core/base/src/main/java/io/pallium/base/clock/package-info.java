/// Wall time and monotonic time behind one interface, so that tests can set them.
@NullMarked
package io.pallium.base.clock;

import org.jspecify.annotations.NullMarked;
