/// The few pages that the server has of itself.
@NullMarked
package io.pallium.server.page;

import org.jspecify.annotations.NullMarked;
