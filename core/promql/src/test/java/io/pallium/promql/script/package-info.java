@NullMarked
package io.pallium.promql.script;

import org.jspecify.annotations.NullMarked;
