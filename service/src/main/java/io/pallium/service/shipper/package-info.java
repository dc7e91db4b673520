/// Copies blocks to a store for objects.
@NullMarked
package io.pallium.service.shipper;

import org.jspecify.annotations.NullMarked;
