/// Labels, matchers, samples, native histograms, tenant ids and the write batch: the words that all
/// modules share.
@NullMarked
package io.pallium.model;

import org.jspecify.annotations.NullMarked;
