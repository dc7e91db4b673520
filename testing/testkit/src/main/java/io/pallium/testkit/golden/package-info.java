/// Recorded answers of Prometheus and how ours are compared with them.
@NullMarked
package io.pallium.testkit.golden;

import org.jspecify.annotations.NullMarked;
