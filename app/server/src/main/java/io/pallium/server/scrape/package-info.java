/// Pallium's own metrics, stored in itself.
@NullMarked
package io.pallium.server.scrape;

import org.jspecify.annotations.NullMarked;
