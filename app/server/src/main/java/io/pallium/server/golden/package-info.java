/// Recorded answers of Prometheus and how ours are compared with them.
@NullMarked
package io.pallium.server.golden;

import org.jspecify.annotations.NullMarked;
