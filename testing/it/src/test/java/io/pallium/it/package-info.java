/// Tests of the whole: real processes, the rules of the house, the documentation.
@NullMarked
package io.pallium.it;

import org.jspecify.annotations.NullMarked;
