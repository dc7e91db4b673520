/// Violations of the rules, planted to see the rules fail.
@NullMarked
package io.pallium.it.architecture.planted.server;

import org.jspecify.annotations.NullMarked;
