/// What holds for all code and documents of the tree.
@NullMarked
package io.pallium.it.architecture;

import org.jspecify.annotations.NullMarked;
