/// Which node owns what: ring tokens, the ring of ingesters.
@NullMarked
package io.pallium.cluster;

import org.jspecify.annotations.NullMarked;
