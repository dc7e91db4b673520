/// Objects in rows of Apache Cassandra.
@NullMarked
package io.pallium.cassandra;

import org.jspecify.annotations.NullMarked;
