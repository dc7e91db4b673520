/// Running things at once: the fan-out to several targets on virtual threads, and the bounded pool
/// of platform threads for computing; waiting for the end of a thread.
@NullMarked
package io.pallium.base.concurrent;

import org.jspecify.annotations.NullMarked;
