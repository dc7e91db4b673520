/// Numbers with the bits that Go, and so Prometheus, computes.
@NullMarked
package io.pallium.promql.arithmetic;

import org.jspecify.annotations.NullMarked;
