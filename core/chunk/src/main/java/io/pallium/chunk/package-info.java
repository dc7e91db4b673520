/// The chunk codecs of Prometheus: runs of samples of one series as bits.
@NullMarked
package io.pallium.chunk;

import org.jspecify.annotations.NullMarked;
