/// Named objects, written whole and read in ranges: the interface that long-term data is kept
/// behind, and its stores in a directory and in memory.
@NullMarked
package io.pallium.objectstore;

import org.jspecify.annotations.NullMarked;
