/// Clock, lifecycle, configuration, error kinds, fan-out and the memory budget: what every module
/// may use.
@NullMarked
package io.pallium.base;

import org.jspecify.annotations.NullMarked;
