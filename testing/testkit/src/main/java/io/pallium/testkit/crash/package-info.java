/// A writer and an independent checker for tests that kill the system under load.
@NullMarked
package io.pallium.testkit.crash;

import org.jspecify.annotations.NullMarked;
