/// The configuration tree of the server: one record per component.
@NullMarked
package io.pallium.server.config;

import org.jspecify.annotations.NullMarked;
