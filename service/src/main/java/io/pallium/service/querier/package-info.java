/// Reads from ingesters in other processes as from one store.
@NullMarked
package io.pallium.service.querier;

import org.jspecify.annotations.NullMarked;
