/// Violations of the rules, planted to see the rules fail.
@NullMarked
package io.pallium.it.architecture.planted.service.querier;

import org.jspecify.annotations.NullMarked;
