@NullMarked
package io.pallium.service.querier;

import org.jspecify.annotations.NullMarked;
