/// What hot paths may allocate.
@NullMarked
package io.pallium.bench;

import org.jspecify.annotations.NullMarked;
