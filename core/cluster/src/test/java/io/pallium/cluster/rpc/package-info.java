@NullMarked
package io.pallium.cluster.rpc;

import org.jspecify.annotations.NullMarked;
