@NullMarked
package io.pallium.testkit.sender;

import org.jspecify.annotations.NullMarked;
