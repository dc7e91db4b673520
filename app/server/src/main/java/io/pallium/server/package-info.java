/// The command line and the composition root: which parts run, and how they are wired.
@NullMarked
package io.pallium.server;

import org.jspecify.annotations.NullMarked;
