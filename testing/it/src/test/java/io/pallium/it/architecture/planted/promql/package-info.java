/// Violations of the rules, planted to see the rules fail.
@NullMarked
package io.pallium.it.architecture.planted.promql;

import org.jspecify.annotations.NullMarked;
