/// Real processes for whole-system tests.
@NullMarked
package io.pallium.testkit.process;

import org.jspecify.annotations.NullMarked;
