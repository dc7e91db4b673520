/// The HTTP API: push, query, labels, status and pages; the one mapping of errors to status codes;
/// the JSON writer.
@NullMarked
package io.pallium.server.api;

import org.jspecify.annotations.NullMarked;
