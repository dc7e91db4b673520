/// The tree of memory budgets: reserve before allocate.
@NullMarked
package io.pallium.base.memory;

import org.jspecify.annotations.NullMarked;
