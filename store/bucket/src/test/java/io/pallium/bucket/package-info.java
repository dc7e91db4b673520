@NullMarked
package io.pallium.bucket;

import org.jspecify.annotations.NullMarked;
