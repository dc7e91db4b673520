/// Stress tests of the head's readers against its writers and the reclamation of what was cut: in
/// the package of the head, since they go by its parts. `HeadStressTest` runs them.
@NullMarked
package io.pallium.tsdb.head;

import org.jspecify.annotations.NullMarked;
