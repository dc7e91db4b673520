/// Who alone may do something, for a while, agreed on through a store for objects.
@NullMarked
package io.pallium.objectstore.lease;

import org.jspecify.annotations.NullMarked;
