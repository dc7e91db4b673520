/// The contract that every store keeps, and every store against it.
@NullMarked
package io.pallium.stores;

import org.jspecify.annotations.NullMarked;
