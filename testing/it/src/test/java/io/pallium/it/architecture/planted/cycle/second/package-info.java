/// Violations of the rules, planted to see the rules fail.
@NullMarked
package io.pallium.it.architecture.planted.cycle.second;

import org.jspecify.annotations.NullMarked;
