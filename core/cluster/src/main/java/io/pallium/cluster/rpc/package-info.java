/// Ingesters over gRPC: the service around a local one and the client that stands in for a remote
/// one.
@NullMarked
package io.pallium.cluster.rpc;

import org.jspecify.annotations.NullMarked;
