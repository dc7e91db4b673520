/// The commands under `pallium tool`: each does one thing without starting the system.
@NullMarked
package io.pallium.server.tool;

import org.jspecify.annotations.NullMarked;
