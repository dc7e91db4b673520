/// What tests of several modules share.
@NullMarked
package io.pallium.testkit;

import org.jspecify.annotations.NullMarked;
