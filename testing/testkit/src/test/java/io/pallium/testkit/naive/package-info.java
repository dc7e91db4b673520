@NullMarked
package io.pallium.testkit.naive;

import org.jspecify.annotations.NullMarked;
