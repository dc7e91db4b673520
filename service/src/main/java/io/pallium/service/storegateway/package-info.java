/// Queries of blocks that lie in a store for objects.
@NullMarked
package io.pallium.service.storegateway;

import org.jspecify.annotations.NullMarked;
