@NullMarked
package io.pallium.server.tool;

import org.jspecify.annotations.NullMarked;
