@NullMarked
package io.pallium.tsdb.file;

import org.jspecify.annotations.NullMarked;
